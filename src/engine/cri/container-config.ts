import { basename, dirname, join } from 'node:path'
import type { containerConfig } from '../../protobuf/cri/container.ts'
import { mountPropagation } from '../../protobuf/cri/linux.ts'
import type { Given } from '../../protobuf/table.ts'
import type { ContainerConfig } from '../engine.ts'
import type { Mount } from '../settings.ts'
import { label, podLabels } from './labels.ts'
import { linuxResources } from './resources.ts'
import { containerSecurity, idMappings } from './security.ts'

/** A container of a pod as CRI wants to be asked for it. */
export function containerMessage(config: ContainerConfig): Given<typeof containerConfig> {
  const { user } = config.namespaces
  // KEP-127: files of volumes belong to the ids that they have in the pod.
  const mapped = user ? { uidMappings: idMappings(user), gidMappings: idMappings(user) } : {}
  return {
    metadata: { name: config.name, attempt: config.attempt },
    // Without the runtime's handler, as a kubelet without RuntimeClassInImageCriApi.
    image: { image: config.image, userSpecifiedImage: config.imageSpec },
    command: config.command,
    args: config.args,
    workingDir: config.workingDir,
    envs: config.env.map(({ name, value }) => ({ key: name, value: Buffer.from(value) })),
    mounts: config.mounts.map((mount) => ({ ...mountMessage(mount), ...mapped })),
    devices: config.devices,
    cdiDevices: config.cdiDevices?.map((name) => ({ name })),
    labels: { ...podLabels(config.pod, config.labels), [label.containerName]: config.name },
    annotations: config.annotations,
    ...(config.logPath === undefined ? {} : { logPath: join(basename(dirname(config.logPath)), basename(config.logPath)) }),
    stdin: config.stdin,
    stdinOnce: config.stdinOnce,
    tty: config.tty,
    linux: { resources: linuxResources(config.resources), securityContext: containerSecurity(config) },
  }
}

const propagations = { private: mountPropagation.private, rslave: mountPropagation.hostToContainer, rshared: mountPropagation.bidirectional } as const

const mountMessage = ({ hostPath, containerPath, readOnly, propagation = 'private', recursiveReadOnly, image }: Mount) => ({
  hostPath,
  containerPath,
  readonly: readOnly,
  propagation: propagations[propagation],
  recursiveReadOnly,
  ...(image ? { image: { image: image.id, userSpecifiedImage: image.reference }, imageSubPath: image.subPath } : {}),
})

/** The directory of all logs of the pod: CRI names a container's log below it. */
export const logDirectoryOf = ({ logPath }: ContainerConfig): string => (logPath === undefined ? '' : dirname(dirname(logPath)))
