import { defineConfig } from 'vite';

/** `npm run build` writes the console to dist/console; the API serves it from there. */
export default defineConfig({
  root: import.meta.dirname,
  // Directives of packages ("use client") are reported otherwise, at every build.
  logLevel: 'error',
  build: {
    outDir: '../dist/console',
    emptyOutDir: true,
    // The content security policy admits no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    reportCompressedSize: false,
    target: 'es2023',
  },
});
