import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StorageClass } from '../../../../src/controlplane/apiserver/kinds/storage/storage-classes.ts'
import { claimStatus } from '../../../../src/controlplane/controllers/persistent-volume/claim-status.ts'
import { claimStep } from '../../../../src/controlplane/controllers/persistent-volume/claim-step.ts'
import { reclaimFailure, volumeStep } from '../../../../src/controlplane/controllers/persistent-volume/volume-step.ts'
import { claimOfVolume, forNode, volumeOfClaim } from '../../../../src/controlplane/volume-binding/bind.ts'
import type { PersistentVolume, PersistentVolumeClaim } from '../../../../src/kube/objects.ts'
import { aClaim, aClass, aVolume, claimRef } from '../../volume-binding/objects.ts'

interface Around {
  readonly volumes?: readonly PersistentVolume[]
  readonly classes?: readonly StorageClass[]
  readonly byDefault?: StorageClass
  readonly pods?: readonly string[]
}

/** What is done for a claim, in short: the step, of which object, and what is told. */
function step(claim: PersistentVolumeClaim, { volumes = [], classes = [], byDefault, pods = [] }: Around = {}): string {
  const next = claimStep(claim, {
    volume: (name) => volumes.find(({ metadata }) => metadata?.name === name),
    candidates: () => volumes,
    storageClass: (name) => classes.find(({ metadata }) => metadata?.name === name),
    defaultClass: () => byDefault,
    unscheduledPods: () => pods,
  })
  const what = next.do === 'bind' ? ` ${next.volume.metadata?.name}` : next.do === 'take-class' ? ` ${next.name}` : ''
  const event = 'event' in next && next.event ? `: ${next.event.type} ${next.event.reason} ${next.event.message}` : ''
  return `${next.do}${what}${event}`
}

test('a claim without a volume waits, is bound, or has its volume made, in the words of kube-controller-manager', () => {
  const late = aClass('late', { volumeBindingMode: 'WaitForFirstConsumer' })
  const none = aClass('none', { provisioner: 'kubernetes.io/no-provisioner' })
  const ebs = aClass('ebs', { provisioner: 'kubernetes.io/aws-ebs' })
  const classes = [late, none, ebs, aClass('fast')]
  const of = (storageClassName: string) => aClaim('c', { storageClassName })
  const { storageClassName: _, ...withoutClass } = aClaim('c').spec ?? {}
  const old = { ...aClaim('c'), spec: withoutClass } as PersistentVolumeClaim
  const asks = (driver: string) =>
    `provision: Normal ExternalProvisioning Waiting for a volume to be created either by the external provisioner '${driver}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`
  assert.equal(step(aClaim('c'), { volumes: [aVolume('v')] }), 'bind v')
  assert.equal(step(aClaim('c')), 'wait: Normal FailedBinding no persistent volumes available for this claim and no storage class is set')
  assert.equal(step(old, { byDefault: late }), 'take-class late')
  assert.equal(step(old, { byDefault: late, volumes: [aVolume('v')] }), 'bind v')
  assert.equal(step(aClaim('c'), { byDefault: late }), 'wait: Normal FailedBinding no persistent volumes available for this claim and no storage class is set')
  assert.equal(step(of('gone')), 'tell: Warning ProvisioningFailed storageclass.storage.k8s.io "gone" not found')
  assert.equal(step(of('none'), { classes }), 'tell: Warning ProvisioningFailed no volume plugin matched name: kubernetes.io/no-provisioner')
  assert.equal(step(of('fast'), { classes }), asks('example.com/disk'))
  assert.equal(step(of('ebs'), { classes }), asks('ebs.csi.aws.com'))
  assert.equal(step(of('late'), { classes }), 'wait: Normal WaitForFirstConsumer waiting for first consumer to be created before binding')
  assert.equal(step(of('late'), { classes, pods: ['a'] }), 'wait: Normal WaitForPodScheduled waiting for pod a to be scheduled')
  assert.equal(step(of('late'), { classes, pods: ['a', 'b'] }), 'wait: Normal WaitForPodScheduled waiting for pods a,b to be scheduled')
  assert.equal(step(of('late'), { classes, volumes: [aVolume('v', { storageClassName: 'late' })] }).slice(0, 10), 'wait: Norm')
  assert.equal(step(of('late'), { classes, volumes: [aVolume('v', { storageClassName: 'late', claimRef: claimRef('c') })] }), 'bind v')
  assert.equal(step(forNode(of('late'), 'n1'), { classes }), asks('example.com/disk'))
})

test('a claim that names its volume gets that one or none', () => {
  const named = aClaim('c', { volumeName: 'v' })
  assert.equal(step(named, { volumes: [aVolume('w')] }), 'wait')
  assert.equal(step(named, { volumes: [aVolume('v')] }), 'bind v')
  assert.equal(step(named, { volumes: [aVolume('v', { claimRef: claimRef('c') })] }), 'bind v')
  const small = aVolume('v', { capacity: { storage: '1Mi' } })
  assert.equal(step(named, { volumes: [small] }), 'wait: Warning VolumeMismatch Cannot bind to requested volume "v": requested PV is too small')
  const taken = aVolume('v', { claimRef: claimRef('other', 'u') })
  assert.equal(step(named, { volumes: [taken] }), 'wait: Warning FailedBinding volume "v" already bound to a different claim.')
  const ours = aClaim('c', { volumeName: 'v' }, { annotations: { 'pv.kubernetes.io/bound-by-controller': 'yes' } })
  assert.equal(step(ours, { volumes: [taken] }), 'tell: Warning FailedBinding volume "v" already bound to a different claim "default/other" by controller')
})

test('a claim that was bound is lost with its volume, and never gets another', () => {
  const volume = volumeOfClaim(aVolume('v'), aClaim('c'))
  const bound = claimOfVolume(aClaim('c'), volume)
  assert.equal(step(bound, { volumes: [volume] }), 'bind v')
  assert.equal(step(bound, { volumes: [aVolume('v')] }), 'bind v')
  assert.equal(step(bound, { volumes: [aVolume('w')] }), 'lose: Warning ClaimLost Bound claim has lost its PersistentVolume. Data on the volume is lost!')
  const unnamed = { ...bound, spec: { ...bound.spec, volumeName: undefined } } as PersistentVolumeClaim
  assert.equal(step(unnamed), 'lose: Warning ClaimLost Bound claim has lost reference to PersistentVolume. Data on the volume is lost!')
  const others = aVolume('v', { claimRef: claimRef('other', 'u') })
  assert.equal(step(bound, { volumes: [others] }), 'lose: Warning ClaimMisbound Two claims are bound to the same volume, this one is bound incorrectly')
})

test('a volume is free, bound, released with its claim, and let go when the claim has another', () => {
  const kept = volumeOfClaim(aVolume('v'), aClaim('c'))
  const made = { annotations: { 'pv.kubernetes.io/provisioned-by': 'example.com/disk' } }
  const asked = (volume: PersistentVolume, claim?: PersistentVolumeClaim) => {
    const next = volumeStep(volume, claim)
    return next.do === 'phase' ? next.phase : next.do
  }
  assert.equal(asked(aVolume('v')), 'Available')
  assert.equal(asked(aVolume('v', { claimRef: claimRef('c') }), aClaim('c')), 'Available')
  assert.equal(asked(kept, aClaim('c')), 'wake-claim')
  assert.equal(asked(kept, aClaim('c', { volumeMode: 'Block' })), 'tell')
  assert.equal(asked(kept, aClaim('c', { volumeName: 'v' })), 'Bound')
  assert.equal(asked(kept), 'reclaim')
  assert.equal(asked(kept, aClaim('c', {}, { uid: 'of a later one' })), 'reclaim')
  assert.equal(asked(kept, aClaim('c', { volumeName: 'w' })), 'free')
  const provisioned = (policy: string) => aVolume('v', { claimRef: claimRef('c', 'uid-c'), persistentVolumeReclaimPolicy: policy }, made)
  assert.equal(asked(provisioned('Delete'), aClaim('c', { volumeName: 'w' })), 'reclaim')
  assert.equal(asked(provisioned('Retain'), aClaim('c', { volumeName: 'w' })), 'free')
})

test('a released volume is kept, left to its provisioner, or refused as upstream refuses it', () => {
  const failure = (policy: string, spec: object = {}, annotations?: Record<string, string>) => {
    const event = reclaimFailure(aVolume('v', { persistentVolumeReclaimPolicy: policy, ...spec }, { ...(annotations && { annotations }) }))
    return event && `${event.reason} ${event.message}`
  }
  assert.equal(failure('Retain'), undefined)
  assert.equal(failure('Recycle'), 'VolumeFailedRecycle No recycler plugin found for the volume!')
  assert.equal(failure('Delete', {}, { 'pv.kubernetes.io/provisioned-by': 'example.com/disk' }), undefined)
  assert.equal(failure('Delete'), 'VolumeFailedDelete host_path deleter only supports /tmp/.+ but received provided /v')
  const local = { hostPath: undefined, local: { path: '/l' } }
  assert.equal(failure('Delete', local), 'VolumeFailedDelete error getting deleter volume plugin for volume "v": no deletable volume plugin matched')
  assert.equal(failure('Burn'), 'VolumeUnknownReclaimPolicy Volume has unrecognized PersistentVolumeReclaimPolicy')
})

test('a claim shows what its volume has, but not before its file system has grown to it', () => {
  const volume = aVolume('v', { capacity: { storage: '5Gi' } })
  const bound = claimStatus(aClaim('c'), 'Bound', volume)
  assert.deepEqual(bound, { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '5Gi' } })
  const claim = { ...aClaim('c'), status: bound } as PersistentVolumeClaim
  assert.equal(claimStatus(claim, 'Bound', aVolume('v', { capacity: { storage: '9Gi' } })), undefined)
  assert.deepEqual(claimStatus(claim, 'Lost', undefined), { phase: 'Lost' })
  assert.equal(claimStatus(aClaim('c'), 'Pending', undefined), undefined)
})
