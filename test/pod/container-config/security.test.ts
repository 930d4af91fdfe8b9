import assert from 'node:assert/strict'
import { test } from 'node:test'
import { containerSecurity, namespaceModes } from '../../../actors/pod/container-config/security.ts'
import { ContainerConfigError } from '../../../actors/pod/rules.ts'
import type { ImageState } from '../../../src/engine/image.ts'
import type { Container, PodSpec } from '../../../src/kube/objects.ts'
import { aPod } from '../../support/builders.ts'

type Own = Container['securityContext']
type OfPod = PodSpec['securityContext']

function made(own: Own, ofPod: OfPod = undefined, user = '', seccompDefault = false) {
  const container: Container = { name: 'c', image: 'busybox', securityContext: own }
  const pod = aPod().with({ securityContext: ofPod }).withContainer(container).build()
  const image: ImageState = { id: 'sha256:1', repoTags: [], repoDigests: [], sizeBytes: 1, createdAt: 0, user, entrypoint: [], command: [], workingDir: '' }
  return containerSecurity(pod, container, image, { rootDirectory: '/var/lib/agent', seccompDefault })
}

test('without any securityContext a container runs as the image says, unprivileged, unconfined by seccomp', () => {
  assert.deepEqual(made(undefined, undefined, 'app'), {
    runAsUser: undefined,
    runAsGroup: undefined,
    supplementalGroups: [],
    privileged: false,
    noNewPrivileges: false,
    readOnlyRootFilesystem: false,
    capabilities: { add: [], drop: [] },
    seccompProfile: 'unconfined',
    appArmorProfile: undefined,
    selinux: undefined,
  })
})

for (const [what, own, ofPod, user, expected] of [
  ['the pod’s', {}, { runAsUser: 1, runAsGroup: 2 }, '', ['1', 2]],
  ['the container’s over the pod’s', { runAsUser: 3, runAsGroup: 4 }, { runAsUser: 1, runAsGroup: 2 }, '', ['3', 4]],
  ['user 0 of the container over the pod’s', { runAsUser: 0 }, { runAsUser: 1 }, '', ['0', undefined]],
  ['a group alone beside the image’s user', { runAsGroup: 4 }, {}, '1000', ['1000', 4]],
  ['a group alone beside an image of root', { runAsGroup: 4 }, {}, '', ['0', 4]],
] as const) {
  test(`user and group: ${what}`, () => {
    const { runAsUser, runAsGroup } = made(own, ofPod, user)
    assert.deepEqual([runAsUser, runAsGroup], expected)
  })
}

const where = '(pod: "p_default(u-1)", container: c)'
for (const [what, own, ofPod, user, message] of [
  ['an image of root', { runAsNonRoot: true }, {}, '', `container has runAsNonRoot and image will run as root ${where}`],
  ['an image of user 0', {}, { runAsNonRoot: true }, '0', `container has runAsNonRoot and image will run as root ${where}`],
  [
    'an image’s named user',
    { runAsNonRoot: true },
    {},
    'app',
    `container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root ${where}`,
  ],
  ['runAsUser 0', { runAsNonRoot: true, runAsUser: 0 }, {}, '1000', `container's runAsUser breaks non-root policy ${where}`],
  ['runAsUser 0 of the pod', { runAsNonRoot: true }, { runAsUser: 0 }, '1000', `container's runAsUser breaks non-root policy ${where}`],
] as const) {
  test(`runAsNonRoot refuses ${what}`, () => {
    assert.throws(
      () => made(own, ofPod, user),
      (error) => error instanceof ContainerConfigError && error.reason === 'CreateContainerConfigError' && error.message === message,
    )
  })
}

for (const [what, own, ofPod, user] of [
  ['an image of a numeric user', { runAsNonRoot: true }, {}, '1000'],
  ['a given user over an image of root', { runAsNonRoot: true, runAsUser: 7 }, {}, ''],
  ['a container that lifts the pod’s rule', { runAsNonRoot: false }, { runAsNonRoot: true }, ''],
] as const) {
  test(`runAsNonRoot lets ${what} run`, () => assert.doesNotThrow(() => made(own, ofPod, user)))
}

test('the supplemental groups and the fsGroup come together, each once', () => {
  assert.deepEqual(made({}, { supplementalGroups: [5, 6], fsGroup: 6 }).supplementalGroups, [5, 6])
  assert.deepEqual(made({}, { fsGroup: 0 }).supplementalGroups, [0])
})

test('capabilities, a read-only root and a forbidden escalation are passed on', () => {
  const { capabilities, readOnlyRootFilesystem, noNewPrivileges } = made({
    capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] },
    readOnlyRootFilesystem: true,
    allowPrivilegeEscalation: false,
  })
  assert.deepEqual(capabilities, { add: ['NET_ADMIN'], drop: ['ALL'] })
  assert.equal(readOnlyRootFilesystem, true)
  assert.equal(noNewPrivileges, true)
  assert.equal(made({ allowPrivilegeEscalation: true }).noNewPrivileges, false)
})

for (const [what, own, ofPod, expected] of [
  ['RuntimeDefault', { seccompProfile: { type: 'RuntimeDefault' } }, {}, 'runtime/default'],
  ['the pod’s', {}, { seccompProfile: { type: 'RuntimeDefault' } }, 'runtime/default'],
  ['the container’s over the pod’s', { seccompProfile: { type: 'Unconfined' } }, { seccompProfile: { type: 'RuntimeDefault' } }, 'unconfined'],
  ['a profile of the node', { seccompProfile: { type: 'Localhost', localhostProfile: 'own/p.json' } }, {}, '/var/lib/agent/seccomp/own/p.json'],
  ['none for a privileged container', { privileged: true }, { seccompProfile: { type: 'RuntimeDefault' } }, 'unconfined'],
] as const) {
  test(`seccomp: ${what}`, () => assert.equal(made(own as Own, ofPod as OfPod).seccompProfile, expected))
}

test('with seccompDefault a container that names no profile gets the engine’s; one that does keeps its own', () => {
  const of = (own: Own) => made(own, {}, '', true).seccompProfile
  assert.equal(of({}), 'runtime/default')
  assert.equal(of({ seccompProfile: { type: 'Unconfined' } }), 'unconfined')
  assert.equal(of({ privileged: true }), 'unconfined')
})

for (const localhostProfile of ['../../etc/passwd', '..', '', '../seccomp-other/p.json']) {
  test(`seccomp: the profile ${JSON.stringify(localhostProfile)} outside the node’s directory is refused`, () => {
    assert.throws(() => made({ seccompProfile: { type: 'Localhost', localhostProfile } }), /is not a file below \/var\/lib\/agent\/seccomp/)
  })
}

test('procMount Unmasked shows all of /proc; otherwise the engine’s own masks hold', () => {
  const { maskedPaths, readonlyPaths } = made({ procMount: 'Unmasked' })
  assert.deepEqual([maskedPaths, readonlyPaths], [[], []])
  assert.equal('maskedPaths' in made({ procMount: 'Default' }), false)
})

test('AppArmor and SELinux: the container’s over the pod’s', () => {
  assert.equal(made({ appArmorProfile: { type: 'Localhost', localhostProfile: 'mine' } }, { appArmorProfile: { type: 'Unconfined' } }).appArmorProfile, 'mine')
  assert.equal(made({}, { appArmorProfile: { type: 'Unconfined' } }).appArmorProfile, 'unconfined')
  assert.equal(made({ appArmorProfile: { type: 'RuntimeDefault' } }).appArmorProfile, undefined)
  assert.deepEqual(made({ seLinuxOptions: { level: 's0:c1' } }, { seLinuxOptions: { level: 's0:c2', type: 't' } }).selinux, {
    user: undefined,
    role: undefined,
    type: undefined,
    level: 's0:c1',
  })
})

for (const [spec, modes] of [
  [{}, { network: 'pod', pid: 'container', ipc: 'pod' }],
  [{ hostNetwork: true }, { network: 'node', pid: 'container', ipc: 'pod' }],
  [{ hostPID: true }, { network: 'pod', pid: 'node', ipc: 'pod' }],
  [{ hostIPC: true }, { network: 'pod', pid: 'container', ipc: 'node' }],
  [{ shareProcessNamespace: true }, { network: 'pod', pid: 'pod', ipc: 'pod' }],
] as const) {
  test(`namespaces of ${JSON.stringify(spec)}`, () => assert.deepEqual(namespaceModes(aPod().with(spec).build()), modes))
}
