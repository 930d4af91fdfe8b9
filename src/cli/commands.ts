import { Command, Option } from 'commander'
import { addControlPlaneFlags, addNodeFlags } from './flags.ts'

// What a command runs is loaded when it runs: help and a mistyped flag are answered at once.

export function upCommand(): Command {
  const command = new Command('up').description('Run the embedded API server and one node: the quickest way to a pod that runs.')
  addControlPlaneFlags(command).option('--no-example', 'do not apply examples/hello.yaml')
  return addNodeFlags(command, ['--kubeconfig', '--api-servers', '--root-dir', '--cert-dir', '--pod-logs-dir']).action(async (flags) =>
    (await import('./up.ts')).runUp(flags),
  )
}

export function nodeCommand(): Command {
  const command = new Command('node').description('Run the node agent against an API server. Takes the kubelet’s flags.')
  return addNodeFlags(command).action(async (flags) => (await import('./node.ts')).runNode(flags))
}

export function controlPlaneCommand(): Command {
  const command = new Command('controlplane').description('Run the embedded API server alone: for tests, load and trying things out.')
  return addControlPlaneFlags(command)
    .addOption(new Option('-v, --v <level>', 'log level, 4 and more for debugging').default('0'))
    .action(async (flags) => (await import('./controlplane.ts')).runControlPlane(flags))
}
