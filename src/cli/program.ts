import { Command } from 'commander'
import { controlPlaneCommand, nodeCommand, upCommand } from './commands.ts'
import { reportFailure } from './failure.ts'
import { asFlags } from './flags.ts'

/** `podsteward`: reads the command line, runs what it names, and sets the exit code. */
export async function runProgram(): Promise<void> {
  const program = new Command('podsteward')
    .description('A Kubernetes node agent: pods as actors on worker threads, containers on the Docker Engine.')
    .version('0.1.0')
    // `podsteward node --version` is the node's own.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .showSuggestionAfterError()
  for (const make of [upCommand, nodeCommand, controlPlaneCommand])
    program.addCommand(
      make()
        .exitOverride()
        .configureOutput({ outputError: () => {} }),
    )

  try {
    if (process.argv.length < 3) program.help()
    await program.parseAsync([...process.argv.slice(0, 2), ...asFlags(process.argv.slice(2))])
  } catch (error) {
    process.exitCode = reportFailure(error)
  }
}
