/** `npm run load -- --help`: the many-pod load. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LoadOptions, loadCommand } from './options.ts'
import { Progress } from './progress.ts'
import { reportHtml } from './report-html.ts'
import { runLoad } from './run-load.ts'
import { printFigures } from './summary.ts'

await loadCommand()
  .action(async (options: LoadOptions) => {
    const directory = await mkdtemp(join(tmpdir(), 'podsteward-load-'))
    const figures = await runLoad(options, directory, new Progress(process.stderr))
    printFigures(figures, process.stdout)
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(figures, undefined, 2)}\n`)
    if (options.html !== undefined) await writeFile(options.html, reportHtml(figures, ['npm run load --', ...process.argv.slice(2)].join(' ')))
    // What went wrong would be told by the logs in there: it is removed only when nothing did.
    await rm(directory, { recursive: true, force: true })
  })
  .parseAsync()
