import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: { benchmark: { include: ['bench/micro/**/*.bench.ts'] } },
});

export default config;
