import vue from "@vitejs/plugin-vue";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

// `FASTCALL_BOX` names the box that `npm run dev` speaks with.
const box = process.env.FASTCALL_BOX ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [vue()],
  base: "./",
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { proxy: { "/api": { target: box, ws: true, changeOrigin: false } } },
  build: {
    target: "es2022",
    cssCodeSplit: true,
    chunkSizeWarningLimit: 700,
  },
});
