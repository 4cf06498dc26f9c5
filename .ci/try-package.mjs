// Packs the package, installs it in an empty folder, makes a project with `millrace init`, and runs it there.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

const top = resolve(import.meta.dirname, '..')
const node = join(top, 'node_modules/.bin/node')
const folder = mkdtempSync(join(tmpdir(), 'millrace-package-'))
const run = (command, args, cwd) =>
  execFileSync(command, args, {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PATH: `${dirname(node)}:${process.env.PATH}` },
  })

try {
  run('npm', ['pack', '--silent', '--pack-destination', folder], top)
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  const home = join(folder, 'home')
  run('npm', ['install', '--silent', '--no-audit', '--no-fund', '--prefix', home, join(folder, archive)], folder)
  const millrace = (...args) => run(node, [join(home, 'node_modules/millrace/dist/cli/main.js'), ...args], home)
  millrace('--version')
  millrace('init', 'shop')
  millrace('check', '--project', 'shop')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
