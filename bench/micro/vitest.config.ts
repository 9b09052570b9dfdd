import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    benchmark: { include: ['bench/micro/**/*.bench.ts'] },
    experimental: { viteModuleRunner: false }, // its access to what other files export costs more than some of what is measured
  },
});

export default config;
