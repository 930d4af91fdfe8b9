#!/usr/bin/env -S node --max-semi-space-size=8
import { setFlagsFromString } from 'node:v8'
import { Command } from 'commander'
import { controlPlaneCommand, nodeCommand, upCommand } from './commands.ts'
import { reportFailure } from './failure.ts'
import { asFlags } from './flags.ts'

// Else V8 marks its whole heap whenever 64 MB have gone through buffers, however few are held: of a copy into a pod that was half of the CPU time.
setFlagsFromString('--external-memory-accounted-in-global-limit')

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
