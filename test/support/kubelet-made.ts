import { execFile } from 'node:child_process'
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type Docker from 'dockerode'
import type { CriConnection } from '../../src/engine/cri/connection.ts'
import { containers } from '../../src/protobuf/cri/container.ts'
import { sandboxes } from '../../src/protobuf/cri/sandbox.ts'
import { busyboxImage } from './images.ts'
import { waitUntil } from './wait-until.ts'

/** `kubeletutil`: FNV-32a of the JSON of name and image `podsteward.test/busybox:1`, worked out apart from the code that is tested. */
export const kubeletHashes = { main: 'fc240d99', side: 'a19aa2c3', setup: 'ef8755ff' } as const
type Name = keyof typeof kubeletHashes

/** A pod as a kubelet 1.36 has it. */
export interface KubeletPod {
  readonly uid: string
  readonly name: string
  readonly root: string
  readonly logs: string
  readonly annotations: Readonly<Record<string, string>>
}

/** One container of it, and how often it was begun before. */
export interface KubeletContainer {
  readonly name: Name
  readonly attempt: number
  readonly command: readonly string[]
}

/** Makes sandboxes and containers as a kubelet does, by itself or through cri-dockerd. Answers ids. */
export interface KubeletMaker {
  sandbox(pod: KubeletPod): Promise<string>
  /** Created and started. */
  container(pod: KubeletPod, sandbox: string, container: KubeletContainer): Promise<string>
  ended(id: string): Promise<void>
}

export const podDirectory = ({ root, uid }: KubeletPod): string => join(root, 'pods', uid)
export const logDirectory = ({ logs, name, uid }: KubeletPod): string => join(logs, `default_${name}_${uid}`)
const terminationFile = (pod: KubeletPod, { name, attempt }: KubeletContainer) => join(podDirectory(pod), 'containers', name, `12ab34c${attempt}`)
const volume = (pod: KubeletPod, plugin: string, name: string) => join(podDirectory(pod), 'volumes', `kubernetes.io~${plugin}`, name)

/** What a kubelet leaves below its root of a pod with an emptyDir `data`, a secret `secret` and a token `token`. */
export async function layOut(pod: KubeletPod, token: string): Promise<void> {
  const directory = podDirectory(pod)
  for (const each of ['volumes', 'plugins', 'containers']) await mkdir(join(directory, each), { recursive: true, mode: 0o750 })
  await writeFile(join(directory, 'etc-hosts'), '# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n')
  const data = volume(pod, 'empty-dir', 'data')
  await mkdir(data, { recursive: true })
  await chmod(data, 0o777)
  await writeFile(join(data, 'kept'), 'since the kubelet')
  for (const note of ['data', 'wrapped_secret', 'wrapped_token']) {
    const path = join(directory, 'plugins/kubernetes.io~empty-dir', note)
    await mkdir(path, { recursive: true })
    await writeFile(join(path, 'ready'), '')
  }
  await payload(volume(pod, 'secret', 'secret'), { key: 'as it was' })
  await payload(volume(pod, 'projected', 'token'), { token })
}

/** The kubelet's atomic writer, on a tmpfs. */
async function payload(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(directory, { recursive: true })
  await promisify(execFile)('mount', ['-t', 'tmpfs', '-o', 'size=8388608k', 'tmpfs', directory])
  await chmod(directory, 0o1777)
  const stamp = '..2026_11_23_15_04_05.1234567890'
  await mkdir(join(directory, stamp))
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(directory, stamp, name), text)
    await chmod(join(directory, stamp, name), 0o644)
    await symlink(`..data/${name}`, join(directory, name))
  }
  await symlink(stamp, join(directory, '..data'))
}

const podLabels = ({ name, uid }: KubeletPod) => ({
  'io.kubernetes.pod.name': name,
  'io.kubernetes.pod.namespace': 'default',
  'io.kubernetes.pod.uid': uid,
})

const containerAnnotations = ({ name, attempt }: KubeletContainer) => ({
  'io.kubernetes.container.hash': kubeletHashes[name],
  'io.kubernetes.container.restartCount': String(attempt),
  'io.kubernetes.container.terminationMessagePath': '/dev/termination-log',
  'io.kubernetes.container.terminationMessagePolicy': 'File',
  'io.kubernetes.pod.terminationGracePeriod': '1',
})

async function mountsOf(pod: KubeletPod, container: KubeletContainer) {
  const lastWords = terminationFile(pod, container)
  await mkdir(dirname(lastWords), { recursive: true })
  await writeFile(lastWords, '')
  await chmod(lastWords, 0o666)
  await mkdir(join(logDirectory(pod), container.name), { recursive: true })
  return [
    { hostPath: volume(pod, 'empty-dir', 'data'), containerPath: '/data', readonly: false },
    { hostPath: volume(pod, 'secret', 'secret'), containerPath: '/secret', readonly: true },
    { hostPath: volume(pod, 'projected', 'token'), containerPath: '/var/run/secrets/kubernetes.io/serviceaccount', readonly: true },
    { hostPath: join(podDirectory(pod), 'etc-hosts'), containerPath: '/etc/hosts', readonly: false },
    { hostPath: lastWords, containerPath: '/dev/termination-log', readonly: false },
  ]
}

/** Calls of CRI, as a kubelet's. */
export function criMaker(connection: CriConnection, imageRef: string): KubeletMaker {
  const sandboxConfig = (pod: KubeletPod) => ({
    metadata: { name: pod.name, uid: pod.uid, namespace: 'default', attempt: 0 },
    hostname: pod.name,
    logDirectory: logDirectory(pod),
    labels: podLabels(pod),
    annotations: pod.annotations,
    linux: {
      cgroupParent: `/kubepods/besteffort/pod${pod.uid}`,
      securityContext: { namespaceOptions: { network: 0, pid: 1, ipc: 0 }, seccomp: { profileType: 0 } },
    },
  })
  return {
    async sandbox(pod) {
      await mkdir(logDirectory(pod), { recursive: true })
      return (await connection.change('run', sandboxes.run, { config: sandboxConfig(pod) })).podSandboxId
    },
    async container(pod, sandbox, container) {
      const config = {
        metadata: { name: container.name, attempt: container.attempt },
        image: { image: imageRef, userSpecifiedImage: busyboxImage },
        command: container.command,
        mounts: await mountsOf(pod, container),
        labels: { ...podLabels(pod), 'io.kubernetes.container.name': container.name },
        annotations: containerAnnotations(container),
        logPath: `${container.name}/${container.attempt}.log`,
        linux: { resources: { cpuShares: 2, oomScoreAdj: 1000 }, securityContext: { namespaceOptions: { network: 0, pid: 1, ipc: 0 } } },
      }
      const { containerId } = await connection.change('create', containers.create, { podSandboxId: sandbox, config, sandboxConfig: sandboxConfig(pod) })
      await connection.change('start', containers.start, { containerId })
      return containerId
    },
    async ended(containerId) {
      const ended = async () => (await connection.read('look', containers.status, { containerId })).status?.state === 2
      await waitUntil('a container to end', ended)
    },
  }
}

/** What cri-dockerd 0.3 makes of a kubelet's calls. */
export function dockerMaker(docker: Docker, imageId: string): KubeletMaker {
  const annotated = (annotations: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(annotations).map(([key, value]) => [`annotation.${key}`, value]))
  const common = (pod: KubeletPod) => ({ CgroupParent: `/kubepods/besteffort/pod${pod.uid}`, LogConfig: { Type: 'json-file', Config: {} } })
  return {
    async sandbox(pod) {
      const made = await docker.createContainer({
        name: `k8s_POD_${pod.name}_default_${pod.uid}_0`,
        Image: imageId,
        Hostname: pod.name,
        Entrypoint: ['sh', '-c', 'trap "exit 0" TERM; while true; do sleep 3600 & wait $!; done'],
        Labels: { ...podLabels(pod), ...annotated(pod.annotations), 'io.kubernetes.container.name': 'POD', 'io.kubernetes.docker.type': 'podsandbox' },
        HostConfig: { ...common(pod), NetworkMode: 'default', IpcMode: 'shareable' },
      })
      await made.start()
      return made.id
    },
    async container(pod, sandbox, container) {
      const { name, attempt } = container
      const mounts = await mountsOf(pod, container)
      const logPath = join(logDirectory(pod), name, `${attempt}.log`)
      const made = await docker.createContainer({
        // With something random behind it where the name was taken.
        name: `k8s_${name}_${pod.name}_default_${pod.uid}_${attempt}${name === 'side' ? '_12345678' : ''}`,
        Image: imageId,
        Entrypoint: [...container.command],
        Labels: {
          ...podLabels(pod),
          ...annotated(containerAnnotations(container)),
          'io.kubernetes.container.name': name,
          'io.kubernetes.docker.type': 'container',
          'io.kubernetes.sandbox.id': sandbox,
          'io.kubernetes.container.logpath': logPath,
        },
        HostConfig: {
          ...common(pod),
          NetworkMode: `container:${sandbox}`,
          IpcMode: `container:${sandbox}`,
          Binds: mounts.map(({ hostPath, containerPath, readonly }) => `${hostPath}:${containerPath}${readonly ? ':ro' : ''}`),
        },
      })
      await made.start()
      await symlink((await made.inspect()).LogPath, logPath)
      return made.id
    },
    async ended(id) {
      await docker.getContainer(id).wait()
    },
  }
}
