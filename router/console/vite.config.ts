import { defineConfig } from 'vite';

// The router serves the page under `default-src 'self'`: nothing may be inlined as a data: URL,
// and every asset carries its hash so that it can be cached for ever.
export default defineConfig({
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      '/api': { target: process.env.BINDERY_ROUTER ?? 'http://127.0.0.1:8080' },
      '/agent': { target: process.env.BINDERY_ROUTER ?? 'http://127.0.0.1:8080', ws: true },
    },
  },
});
