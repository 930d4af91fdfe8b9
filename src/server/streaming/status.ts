/** What the error stream of a remote command ends with: a metav1.Status, from which kubectl takes its exit code. */
export type CommandStatus =
  | { readonly status: 'Success'; readonly metadata: object }
  | { readonly status: 'Failure'; readonly message: string; readonly metadata: object }

/** How a command ended, in the kubelet's words (remotecommand v4). */
export function exitStatus(code: number): CommandStatus {
  if (code === 0) return { metadata: {}, status: 'Success' }
  const message = `command terminated with non-zero exit code: error executing command, exit code ${code}`
  const details = { causes: [{ reason: 'ExitCode', message: String(code) }] }
  return { metadata: {}, status: 'Failure', message, ...{ reason: 'NonZeroExitCode', details } }
}

/** The command could not be run at all. */
export const failureStatus = (message: string): CommandStatus => ({ metadata: {}, status: 'Failure', message, ...{ reason: 'InternalError', code: 500 } })
