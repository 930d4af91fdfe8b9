/** The types of coordination, by version. Written by ../generator from the sources of Kubernetes; the form: ../read-table.ts. */
export const coordination = {
  v1: `
CoordinatedLeaseStrategy=
Lease@ metadata:1=meta/v1.ObjectMeta spec:2=LeaseSpec
LeaseSpec holderIdentity:1=string!p leaseDurationSeconds:2=int32!p acquireTime:3=microtime!p renewTime:4=microtime!p leaseTransitions:5=int32!p strategy:6=CoordinatedLeaseStrategy!p preferredHolder:7=string!p
`,
  v1beta1: `
Lease@ metadata:1=meta/v1.ObjectMeta spec:2=LeaseSpec
LeaseCandidate@ metadata:1=meta/v1.ObjectMeta spec:2=LeaseCandidateSpec!r
LeaseCandidateSpec leaseName:1=string!wr pingTime:2=microtime!p renewTime:3=microtime!p binaryVersion:4=string!wr emulationVersion:5=string strategy:6=coordination/v1.CoordinatedLeaseStrategy!r
LeaseSpec holderIdentity:1=string!p leaseDurationSeconds:2=int32!p acquireTime:3=microtime!p renewTime:4=microtime!p leaseTransitions:5=int32!p strategy:6=coordination/v1.CoordinatedLeaseStrategy!p preferredHolder:7=string!p
`,
  v1alpha2: `
LeaseCandidate@ metadata:1=meta/v1.ObjectMeta spec:2=LeaseCandidateSpec!r
LeaseCandidateSpec leaseName:1=string!wr pingTime:2=microtime!p renewTime:3=microtime!p binaryVersion:4=string!wr emulationVersion:5=string strategy:6=coordination/v1.CoordinatedLeaseStrategy!r
`,
} as const
