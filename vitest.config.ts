import { defineConfig } from 'vitest/config'

const shared = {
  resolve: { conditions: ['millrace-source'] },
  ssr: { resolve: { conditions: ['millrace-source'] } },
}

export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'examples/**/*.test.ts', 'test/tidy/**/*.test.ts'],
          pool: 'threads',
          maxWorkers: 2,
          testTimeout: 20_000,
        },
      },
      {
        ...shared,
        test: {
          name: 'system',
          include: ['test/**/*.test.ts'],
          exclude: ['test/tidy/**'],
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: 300_000,
          execArgv: ['--conditions=millrace-source'],
        },
      },
    ],
  },
})
