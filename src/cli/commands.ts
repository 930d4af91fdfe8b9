import { Command, Option } from 'commander'
import { kubeletVersion } from '../kube/version.ts'
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
  command.addOption(new Option('--version [form]', 'print the version of Kubernetes that the node says it has'))
  return addNodeFlags(command).action(async ({ version, ...flags }) => {
    // As a kubelet does; false is how it is told not to.
    if (version !== undefined && version !== 'false') return void process.stdout.write(`Kubernetes ${kubeletVersion}\n`)
    return (await import('./node.ts')).runNode(flags)
  })
}

export function controlPlaneCommand(): Command {
  const command = new Command('controlplane').description('Run the embedded API server alone: for tests, load and trying things out.')
  return addControlPlaneFlags(command)
    .addOption(new Option('-v, --v <level>', 'log level, 4 and more for debugging').default('0'))
    .action(async (flags) => (await import('./controlplane.ts')).runControlPlane(flags))
}
