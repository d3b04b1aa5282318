import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

// While developing, /api goes to a server that runs: BYLAW_SERVER (http://127.0.0.1:8080).
const server = process.env.BYLAW_SERVER ?? 'http://127.0.0.1:8080'

// The build is committed, so it must come out the same from the same sources on any machine. Addresses are relative to
// the page's <base>, which the server fills in: the console works under any base path.
export default defineConfig({
  base: './',
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: { __VUE_I18N_FULL_INSTALL__: false, __VUE_I18N_LEGACY_API__: false, __INTLIFY_PROD_DEVTOOLS__: false },
  build: {
    target: 'es2022',
    sourcemap: false,
    assetsInlineLimit: 0, // a data: font or script would need a hole in the policy
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
  server: { proxy: { '/api': { target: server, headers: { Origin: server } } } },
})
