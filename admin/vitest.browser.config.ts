import { defineConfig } from 'vitest/config'

// Tests that drive a real server (BYLAW_TEST_BINARY) in Chromium (BYLAW_TEST_CHROMIUM). One file at a time: two cores.
export default defineConfig({
  test: { include: ['test/browser/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 60_000, fileParallelism: false },
})
