// The tests in five rings. unit: pure and fast. real: a real part of its own (GStreamer, a broker, a socket). e2e: whole boxes and real browsers.
// net: the same in networks of their own, bad ones mostly; beside the real ones, as both wait more than they work.
// What is called *.slow.*test.ts runs in `scripts/test --all` only (often.ts).
// virtual: Parlor on an emulated Pi (hw/virtual), with real device nodes and systemd.
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { whole } from './test/often.ts'

const common = {
  pool: 'forks' as const,
  retry: 0,
  setupFiles: ['test/patience.ts'],
  expect: { poll: { timeout: 30_000 } },
}

/** The slow files of a ring begin first: where several run at a time, everybody would wait for the one that began last. */
class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rings = Map.groupBy(await super.sort(files), ({ project }) => project.name)
    const isQuick = ({ moduleId }: TestSpecification) => Number(!moduleId.includes('.slow.'))
    return [...rings.values()].flatMap((ring) => ring.sort((a, b) => isQuick(a) - isQuick(b)))
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: SlowFirst },
    projects: [
      {
        test: {
          ...common,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.real.test.ts', 'test/e2e/**', 'test/virtual/**'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...common,
          name: 'real',
          include: ['test/**/*.real.test.ts'],
          exclude: ['test/e2e/**', ...(whole ? [] : ['test/**/*.slow.real.test.ts'])],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          ...common,
          name: 'virtual',
          include: ['test/virtual/**/*.test.ts'],
          exclude: whole ? [] : ['test/virtual/**/*.slow.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          // A board waits more than it works: more of them at a time than there may be processors.
          fileParallelism: true,
          maxWorkers: 3,
        },
      },
      {
        test: {
          ...common,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: ['test/e2e/net/**', ...(whole ? [] : ['test/e2e/**/*.slow.test.ts'])],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          ...common,
          name: 'net',
          include: ['test/e2e/net/**/*.test.ts'],
          exclude: whole ? [] : ['test/e2e/**/*.slow.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
