import { KubeError } from '../../../kube/client.ts'

/** Whether a write was refused because nothing is made in a namespace that is going. */
export const isNamespaceEnding = (error: unknown): boolean =>
  error instanceof KubeError && (error.status?.details?.causes ?? []).some(({ reason }) => reason === 'NamespaceTerminating')
