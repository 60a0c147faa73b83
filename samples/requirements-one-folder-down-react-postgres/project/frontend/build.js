import { cp } from "node:fs/promises";
import { build } from "esbuild";

await build({
  entryPoints: ["src/scores.jsx"],
  bundle: true,
  minify: true,
  jsx: "automatic",
  outdir: "dist/assets",
  define: { "process.env.NODE_ENV": '"production"' },
});
await cp("index.html", "dist/index.html");
