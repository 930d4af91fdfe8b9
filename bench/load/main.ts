/** `npm run load -- --help`: the many-pod load. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reportFailure } from '../../src/cli/failure.ts'
import { checkOptions } from './checks.ts'
import { type LoadOptions, loadCommand } from './options.ts'
import { InterruptedError, Progress } from './progress.ts'
import { reportHtml } from './report-html.ts'
import { runLoad } from './run-load.ts'
import { printFigures } from './summary.ts'

const interrupted = new AbortController()
// Once: what was made is removed. Twice: nothing is.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    process.once(signal, () => process.exit(130))
    interrupted.abort(new InterruptedError())
  })

try {
  await loadCommand()
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .action(async (options: LoadOptions) => {
      checkOptions(options)
      const directory = await mkdtemp(join(tmpdir(), 'podsteward-load-'))
      const figures = await runLoad(options, directory, new Progress(process.stderr, interrupted.signal))
      printFigures(figures, process.stdout)
      if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(figures, undefined, 2)}\n`)
      if (options.html !== undefined) await writeFile(options.html, reportHtml(figures, ['npm run load --', ...process.argv.slice(2)].join(' ')))
      // What went wrong would be told by the logs in there: it is removed only when nothing did.
      await rm(directory, { recursive: true, force: true })
    })
    .parseAsync()
} catch (error) {
  // At once: what was waited for has time-outs that would keep the process.
  process.exit(error instanceof InterruptedError ? 130 : reportFailure(error, 'npm run load'))
}
