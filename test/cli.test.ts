/** The command as people run it: child processes on a small project in a folder of its own, one after another. */
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { killRunning, type Running, runCommand, startCommand } from './cli-process.ts'

const root = mkdtempSync(join(tmpdir(), 'millrace-cli-'))
const folder = join(root, 'shop')
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })
afterAll(() => {
  killRunning()
  rmSync(root, { recursive: true, force: true })
})

const millrace = (...args: string[]) => runCommand(args, { cwd: folder })
const json = async (...args: string[]) => {
  const { code, out, err } = await millrace(...args, '--json')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return JSON.parse(out)
}

const definitions = `
import { count, decimal, entity, event, file, int, into, job, mapping, oneOf, string, sum, time, windows } from 'millrace'

export const user = entity('user')
export const payment = event('payment', {
  subject: 'user', time: 'at', id: 'paymentId', callAppends: true,
  data: { paymentId: string(), user, at: time(), amount: decimal(2), kind: oneOf('card', 'cash') },
})
export const spend = windows('spend', {
  of: payment, by: 'user', over: ['1h', '1d'],
  features: (p) => ({ payments: count(), amount: sum(p.amount).default(0) }),
})
export const risk = job('risk', {
  on: payment,
  fetch: { spend },
  returns: { score: int(), level: oneOf('low', 'high') },
  output: [file('risk.parquet')],
  main: ({ root, spend }) => {
    const score = spend.payments['1h'] * 10 + (root.data.amount > 100 ? 5 : 0)
    return { score, level: score >= 20 ? 'high' : 'low' }
  },
})
export const paymentsFile = mapping('payments', {
  columns: { paymentId: string(), user, at: time(), amount: decimal(2), kind: oneOf('card', 'cash') },
  events: (row) => into(payment, { fields: { ...row }, knownAt: 'time' }),
})
`

const rows = `paymentId,user,at,amount,kind
p1,u1,2024-01-01T10:00:00Z,10.10,card
p2,u1,2024-01-01T10:30:00Z,120.20,card
p3,u2,2024-01-01T10:40:00Z,1.00,cash
p4,u1,2024-01-01T10:50:00Z,5.00,card
p5,u1,2024-01-01T12:00:00Z,7.00,voucher
`

const results = [
  'p1,2024-01-01T10:00:00.000Z,u1,0,low,',
  'p2,2024-01-01T10:30:00.000Z,u1,15,low,',
  'p3,2024-01-01T10:40:00.000Z,u2,0,low,',
  'p4,2024-01-01T10:50:00.000Z,u1,20,high,',
]

const edit = (from: string, to: string): void => {
  const file = join(folder, 'project.ts')
  const text = readFileSync(file, 'utf8')
  expect(text).toContain(from)
  writeFileSync(file, text.replaceAll(from, to))
}

beforeAll(async () => {
  const made = await runCommand(['init', 'shop', '--template', 'empty'], { cwd: root })
  expect(made).toMatchObject({ code: 0, err: '' })
  expect(existsSync(join(folder, '.gitignore'))).toBe(true)
  writeFileSync(join(folder, 'project.ts'), definitions)
  writeFileSync(join(folder, 'payments.csv'), rows)
})

describe('a project', () => {
  it('has the millrace that made it, and the Node that it runs on', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    expect(realpathSync(join(folder, dependencies.millrace.replace('file:', '')))).toBe(realpathSync(join(import.meta.dirname, '..')))
    expect(devDependencies).toMatchObject({ node: expect.stringMatching(/^\^24/), typescript: expect.any(String) })
  })

  it('is not made where there are files', async () => {
    expect(await runCommand(['init', 'shop'], { cwd: root })).toMatchObject({ code: 2, err: expect.stringContaining('FOLDER_NOT_EMPTY') })
  })

  it('is checked: what is defined, what is impure, what is invalid, with file and line', async () => {
    expect((await json('check')).defined).toMatchObject({ events: ['payment'], jobs: ['risk'], mappings: ['payments'] })
    edit('return { score,', 'Date.now(); return { score,')
    const impure = await millrace('check')
    expect(impure).toMatchObject({ code: 1, out: expect.stringMatching(/^project\.ts:20:5: 'Date'/) })
    edit('Date.now(); ', '')
    edit("by: 'user'", "by: 'usr'")
    expect(await millrace('check', '--json')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/project\.ts:9:22: .*did you mean 'user'/),
    })
    edit("by: 'usr'", "by: 'user'")
  })
})

describe('what is asked wrongly', () => {
  it.each([
    [['qurey'], /Did you mean query\?/],
    [['query', 'spend', 'user=u1', '--att', '0'], /Did you mean --at\?/],
    [['query', 'spent', 'user=u1'], /did you mean 'spend'\?.*WINDOWS_UNKNOWN/],
    [['query', 'spend', 'u1'], /KEY=VALUE.*ARGUMENT_INVALID/],
    [['batch', 'rsk', '--out', 'x.csv'], /did you mean 'risk'\?/],
    [['batch', 'risk', '--out', 'x.xls'], /FILE_FORMAT_UNKNOWN/],
    [['batch', 'risk'], /required option/],
    [['check', '-p', 'nowhere'], /'millrace init' makes a project/],
    [['import', 'none.csv'], /FILE_NOT_FOUND/],
    [['erase', 'user', 'u1'], /say --yes/],
    [['status', '--data', 'payments.csv'], /payments\.csv.*EEXIST.*DISK_ACCESS/],
    [['serve', '--port', '0', '--data', 'payments.csv/x'], /payments\.csv.*ENOTDIR.*DISK_ACCESS/],
    [['init', 'payments.csv/x'], /payments\.csv.*ENOTDIR.*DISK_ACCESS/],
  ])('%j is refused with what would be right', async (args, message) => {
    const { code, out, err } = await millrace(...args)
    expect(err).toMatch(message)
    expect({ code, out }).toEqual({ code: 2, out: '' })
  })
})

it.each([
  [['qurey', '--json'], 'ARGUMENT_INVALID', /unknown command 'qurey'/],
  [['batch', 'risk', '--json'], 'ARGUMENT_INVALID', /required option/],
  [['serve', '--port', '65536', '--json'], 'ARGUMENT_INVALID', /from 0 to 65535/],
  [['query', 'spent', 'user=u1', '--json'], 'WINDOWS_UNKNOWN', /did you mean/],
])('%j is refused with one line of JSON', async (args, code, message) => {
  const refused = await millrace(...args)
  expect(refused).toMatchObject({ code: 2, out: '' })
  expect(JSON.parse(refused.err)).toEqual({ error: expect.objectContaining({ code, message: expect.stringMatching(message) }) })
})

describe('data', () => {
  it('is imported once, what does not fit is kept', async () => {
    const refusing = await millrace('import', 'payments.csv', '--json')
    expect(refusing).toMatchObject({ code: 1, err: '' })
    const first = JSON.parse(refusing.out)
    expect(first).toMatchObject({ state: 'committed', rows: 5, stored: 4, refused: { ENUM_UNKNOWN: 1 } })
    const again = await millrace('import', 'payments.csv')
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining('no event changed') })
    expect(await json('status')).toMatchObject({ events: { payment: { count: 4 } }, deadLetters: { ENUM_UNKNOWN: 1 }, holder: null })
  })

  it('is queried: windows, events, trees', async () => {
    expect((await millrace('query', 'spend', 'user=u1', '--at', '2024-01-01T11:00:00Z')).out.split('\n')).toEqual([
      'feature      1h     1d',
      '────────  ─────  ─────',
      'payments      3      3',
      'amount    135.3  135.3',
      '',
    ])
    const events = await json('events', 'payment', 'user=u1', '--last', '2')
    expect(events.map(({ id }: { id: string }) => id)).toEqual(['p2', 'p4'])
    expect(await json('tree', 'payment', 'p4', '--job', 'risk')).toMatchObject({ spend: { payments: { '1h': 2, '1d': 2 } } })
    expect(await json('tree', 'payment', 'p4', '--at', '2024-01-01T10:20:00Z')).toMatchObject({ spend: { payments: { '1h': 1 } } })
    expect(await millrace('tree', 'payment', 'p9')).toMatchObject({ code: 2, err: expect.stringContaining('ROOT_NOT_FOUND') })
  })
})

describe('a job', () => {
  it('gives the same in batch, on trial and alone', async () => {
    expect(await json('batch', 'risk', '--out', 'risk.csv')).toMatchObject({ roots: 4, failed: 0 })
    expect(readFileSync(join(folder, 'risk.csv'), 'utf8').trim().split(/\r?\n/).slice(1)).toEqual(results)
    const trial = await json('trial', 'risk', '--sample', '2', '--from', '2024-01-01T10:30:00Z')
    expect(trial.rows.map(({ root, result }: { root: string; result: unknown }) => [root, result])).toEqual([
      ['p2', { score: 15, level: 'low' }],
      ['p3', { score: 0, level: 'low' }],
    ])
    expect((await json('evaluate', 'risk', 'p4')).result).toEqual({ score: 20, level: 'high' })
    expect(await json('parity', 'risk')).toMatchObject({ roots: 4, oracleRoots: 4, different: [] })
  })

  it('is compared with its version before', async () => {
    cpSync(join(folder, 'project.ts'), join(root, 'before.ts'))
    const same = await json('backtest', 'risk', '--against', '../before.ts', '--fail-on-difference')
    expect(same).toMatchObject({ compared: 4, different: 0, first: [] })
    edit('* 10', '* 12')
    const { code, out } = await millrace('backtest', 'risk', '--against', '../before.ts', '--fail-on-difference')
    expect(code).toBe(1)
    expect(out).toContain('4 roots in both, 2 different (50.0 %)')
    expect(out).toMatch(/score +2 +3 +4\n/)
    expect(out).toMatch(/p4 .* level? .*|p2 .* score +15 +17/)
    edit('* 12', '* 10')
  })

  it('is tried again on a save, with what changed', async () => {
    const watching = startCommand(['trial', 'risk', '--watch'], { cwd: folder })
    const first = await watching.says('4 roots in')
    await settled()
    edit('* 10', '* 12')
    const changes = await watching.says('results changed', first.length)
    expect(changes).toMatch(/p2 .*score +15 → 17[\s\S]*p4 .*score +20 → 24[\s\S]*2 of 4 results changed: score 2/)
    edit('* 12', '* 10')
    await watching.says(/2 of 4 results changed[\s\S]*2 of 4 results changed/)
    watching.child.kill('SIGINT')
    expect((await watching.ended).code).toBe(130)
  })
})

/** A watch begins a moment after the first results are written. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 300))

describe('while it serves', () => {
  let serving: Running
  let url: string
  beforeAll(async () => {
    serving = startCommand(['serve', '--port', '0', '--json'], { cwd: folder })
    url = JSON.parse(await serving.says('\n')).url
  })
  afterAll(() => void serving.child.kill('SIGKILL'))

  it('commands are answered by it', async () => {
    expect((await json('status')).holder).toEqual({ pid: serving.child.pid, url })
    expect(await json('query', 'spend', 'user=u1', '--at', '2024-01-01T11:00:00Z')).toMatchObject({ payments: { '1h': 3 } })
    expect(await json('batch', 'risk', '--out', 'served.csv')).toMatchObject({ roots: 4 })
    expect(readFileSync(join(folder, 'served.csv'))).toEqual(readFileSync(join(folder, 'risk.csv')))
    expect((await json('trial', 'risk')).rows).toHaveLength(4)
  })

  it('calls are recorded and computed', async () => {
    const input = { paymentId: 'c1', user: 'u1', at: '2024-01-01T11:00:00Z', amount: 200, kind: 'card' }
    expect((await json('call', 'risk', JSON.stringify(input))).result).toEqual({ score: 35, level: 'high' })
    expect((await runCommand(['call', 'risk', '-'], { cwd: folder, input: '{"user": 1' })).err).toContain('JSON_INVALID')
    expect(await millrace('call', 'risk', '{"paymentId": "c2"}')).toMatchObject({ code: 2, err: expect.stringContaining('INPUT_INVALID') })
    const refused = await millrace('call', 'rsk', '{}', '--json')
    expect(JSON.parse(refused.err)).toEqual({
      error: {
        code: 'JOB_UNKNOWN',
        message: expect.stringMatching(/found "rsk"; did you mean/),
        hint: expect.stringMatching(/^did you mean 'risk'/),
      },
    })
  })

  it('events are sent, and refused ones are dead letters', async () => {
    const lines = [
      '{"paymentId": "s1", "user": "u2", "at": "2024-01-01T11:10:00Z", "amount": 3, "kind": "cash"}',
      '{"paymentId": "s2", "user": "u2", "at": "2024-01-01T11:10:00Z", "amount": 3.001, "kind": "cash"}',
    ]
    const sent = await runCommand(['send', 'payment', '-', '--json'], { cwd: folder, input: lines.join('\n') })
    expect(sent.code).toBe(1)
    expect(JSON.parse(sent.out)).toMatchObject({ stored: 1, duplicates: 0, refused: [{ position: 1, code: 'DECIMAL_INEXACT' }] })
    expect(await json('dead', 'counts')).toEqual({ ENUM_UNKNOWN: 1, DECIMAL_INEXACT: 1 })
    expect((await millrace('dead', 'list', '--source', 'http')).out).toMatch(/DECIMAL_INEXACT \(payment\)[\s\S]*"s2"[\s\S]*1 in all/)
  })

  it('a second one says who holds the folder', async () => {
    const second = await millrace('serve', '--port', '0')
    expect(second).toMatchObject({ code: 2, err: expect.stringContaining(`process ${serving.child.pid} serves it at ${url}`) })
  })

  it('ends cleanly on Ctrl-C', async () => {
    serving.child.kill('SIGINT')
    expect(await serving.ended).toMatchObject({ code: 0 })
    expect(existsSync(join(folder, '.millrace', 'holder.json'))).toBe(false)
  })
})

describe('after that', () => {
  it('dead letters are let in once the definitions take them', async () => {
    edit("oneOf('card', 'cash')", "oneOf('card', 'cash', 'voucher')")
    const replay = await millrace('dead', 'replay', '--code', 'ENUM_UNKNOWN')
    expect(replay).toMatchObject({ code: 0, out: '1 record let in, 1 event\n' })
    expect(await json('dead', 'counts')).toEqual({ DECIMAL_INEXACT: 1 })
    expect((await json('status')).events.payment.count).toBe(7)
  })

  it('a subject is erased, and none of its events is found', async () => {
    expect(await json('erase', 'user', 'u1', '--yes')).toMatchObject({ versions: 5, types: expect.arrayContaining(['payment']) })
    expect(await json('events', 'payment', 'user=u1')).toEqual([])
    expect(await millrace('erase', 'usr', 'u1', '--yes')).toMatchObject({ code: 2, err: expect.stringContaining("did you mean 'user'") })
  })
})

describe('an import under way', () => {
  it('holds the folder, is stopped by Ctrl-C, and goes on', async () => {
    const many = Array.from({ length: 250_000 }, (_, n) => `m${n},u${n % 50},${1_704_000_000_000 + n},1.00,card`)
    writeFileSync(join(folder, 'many.csv'), `paymentId,user,at,amount,kind\n${many.join('\n')}\n`)
    const importing = startCommand(['import', 'many.csv'], { cwd: folder })
    while (!existsSync(join(folder, '.millrace', 'center', 'lock.pid'))) await new Promise((resolve) => setTimeout(resolve, 10))
    importing.child.kill('SIGSTOP') // however fast the machine is, it is under way until it is let go on
    expect(await millrace('query', 'spend', 'user=u1')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/answers no commands.*DATA_FOLDER_IN_USE/),
    })
    importing.child.kill('SIGINT')
    importing.child.kill('SIGCONT')
    expect((await importing.ended).code).toBe(130)
    expect((await json('status')).events.payment.count).toBe(2)
    expect(await json('import', 'many.csv')).toMatchObject({ state: 'committed', rows: 250_000, stored: 250_000 })
  })
})

describe('cases', () => {
  const corpus = fileURLToPath(new URL('cases', import.meta.url))
  it('are counted, and a wrong one is told', async () => {
    const good = await millrace('cases', join(corpus, 'ties.yaml'))
    expect(good).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+ passed, 0 failed\n$/) })
    const text = readFileSync(join(corpus, 'ties.yaml'), 'utf8')
    writeFileSync(join(folder, 'wrong.yaml'), text.replace(/expect: .*/, 'expect: { nothing: { here: { 1h: 1 } } }'))
    expect(await millrace('cases', 'wrong.yaml', '--engine', 'brute')).toMatchObject({
      code: 1,
      out: expect.stringMatching(/FAILED[\s\S]* 1 failed\n$/),
    })
    expect(await millrace('cases', 'wrong.yaml', '--engine', 'brut')).toMatchObject({
      code: 2,
      err: expect.stringContaining("did you mean 'brute'"),
    })
  })
})
