import inner
print("hi", inner.X)
