#!/usr/bin/env node
/** The command. Looks at the Node it runs on before it loads anything that an older one could not read. */
const leastMajor = 24

if (Number(process.versions.node.split('.')[0]) < leastMajor) {
  process.stderr.write(
    `millrace: this is Node ${process.versions.node}; Millrace runs on Node ${leastMajor} or newer. In a project that has it, 'npx -p node@${leastMajor} -p millrace millrace …' does\n`,
  )
  process.exitCode = 2
} else {
  const { run } = await import('./program.ts')
  process.exitCode = await run(process.argv.slice(2))
}
