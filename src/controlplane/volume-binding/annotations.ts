/** On a claim and its volume: they belong together, once and for all. */
export const bindCompleted = 'pv.kubernetes.io/bind-completed'
/** The binder made the link, no user: it may take it back. */
export const boundByController = 'pv.kubernetes.io/bound-by-controller'
/** On a volume: the provisioner that made it. */
export const provisionedBy = 'pv.kubernetes.io/provisioned-by'
/** On a claim: who is to make its volume. */
export const storageProvisioner = 'volume.kubernetes.io/storage-provisioner'
export const betaStorageProvisioner = 'volume.beta.kubernetes.io/storage-provisioner'
/** On a claim: the node that the scheduler chose for the first pod that uses it. */
export const selectedNode = 'volume.kubernetes.io/selected-node'
