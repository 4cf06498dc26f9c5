import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { fast, held, lean } from './surroundings.ts'

const module = new URL('./surroundings.ts', import.meta.url).href

/** What a process that ensures one of them says it was started with, and how often it began. */
const started = (name: 'fast' | 'held' | 'lean', given: Record<string, string> = {}) => {
  const script = `
    import { ensureStarted, ${name} } from ${JSON.stringify(module)}
    console.error('began ' + process.pid)
    ensureStarted(${name})
    const { MILLRACE_STARTED, GLIBC_TUNABLES, MALLOC_ARENA_MAX } = process.env
    console.log(JSON.stringify({ MILLRACE_STARTED, GLIBC_TUNABLES, MALLOC_ARENA_MAX, flags: process.execArgv.filter((flag) => flag.startsWith('--max')) }))`
  const { MILLRACE_STARTED: _, GLIBC_TUNABLES: __, MALLOC_ARENA_MAX: ___, ...env } = process.env
  const run = spawnSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], {
    env: { ...env, ...given },
    encoding: 'utf8',
  })
  return { said: JSON.parse(run.stdout) as Record<string, unknown>, began: run.stderr.trim().split('\n'), status: run.status }
}

test('a process begins anew once, as itself, under the surroundings that it needs', () => {
  for (const [name, wanted] of [['fast', fast] as const, ['held', held] as const, ['lean', lean] as const]) {
    const { said, began, status } = started(name)
    expect(status).toBe(0)
    expect(began).toHaveLength(2)
    expect(began[0]).toBe(began[1])
    expect(said).toMatchObject({ MILLRACE_STARTED: name })
    expect(said['flags']).toEqual(wanted.engineFlags)
  }
})

test('a process that was started so, or was told how its allocator works, goes on', () => {
  expect(started('fast', { MILLRACE_STARTED: 'fast' }).began).toHaveLength(1)
  const tuned = started('fast', { GLIBC_TUNABLES: 'glibc.malloc.arena_max=1' })
  expect(tuned.began).toHaveLength(1)
  expect(tuned.said['GLIBC_TUNABLES']).toBe('glibc.malloc.arena_max=1')
  expect(started('held', { GLIBC_TUNABLES: 'glibc.malloc.arena_max=1' }).began).toHaveLength(2)
})
