// Two pages: the console, and the light one that asks for a single decision.

import { readFileSync } from "node:fs";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { parse } from "yaml";
import { drawable } from "./src/logic/stateMachine.ts";

// What the drawing needs of the workflow, read where the workflow is written.
function stateMachine(): Plugin {
  return {
    name: "state-machine",
    load(id) {
      if (!id.endsWith(".asl.yaml")) return null;
      return `export default ${JSON.stringify(drawable(parse(readFileSync(id, "utf8"))))}`;
    },
  };
}

export default defineConfig({
  base: "./",
  plugins: [react(), stateMachine()],
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1200,
    // A stylesheet or script in the page itself would need a hole in the content security policy.
    assetsInlineLimit: 0,
    rollupOptions: { input: { index: "index.html", approve: "approve.html" } },
  },
  server: {
    fs: { allow: [".."] },
    proxy: { "/api": process.env.ITOPS_FRONT ?? "http://127.0.0.1:8787" },
  },
});
