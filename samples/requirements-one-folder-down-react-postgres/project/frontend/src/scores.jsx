import { useEffect, useState } from "react";
import { createRoot } from "react-dom/client";

function Scores() {
  const [scores, setScores] = useState([]);
  useEffect(() => {
    fetch("/api/scores").then((response) => response.json()).then(setScores);
  }, []);
  return (
    <main>
      <h1>Scores</h1>
      <ol>
        {scores.map(({ name, points }) => (
          <li key={name}>{name}: {points}</li>
        ))}
      </ol>
    </main>
  );
}

createRoot(document.getElementById("root")).render(<Scores />);
