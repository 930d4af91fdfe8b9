/** The types of apiserverinternal, by version. Written by ../generator from the sources of Kubernetes; the form: ../read-table.ts. */
export const apiserverinternal = {
  v1alpha1: `
ConditionStatus=
ServerStorageVersion apiServerID:1=string!r encodingVersion:2=string!r decodableVersions:3=[]string!r~set servedVersions:4=[]string~set
StorageVersion@ metadata:1=meta/v1.ObjectMeta!r spec:2=StorageVersionSpec!w status:3=StorageVersionStatus!w
StorageVersionCondition type:1=StorageVersionConditionType!wr status:2=ConditionStatus!wr observedGeneration:3=int64 lastTransitionTime:4=time reason:5=string!wr message:6=string!r
StorageVersionConditionType=
StorageVersionSpec
StorageVersionStatus storageVersions:1=[]ServerStorageVersion~map(apiServerID) commonEncodingVersion:2=string!p conditions:3=[]StorageVersionCondition~map(type)
`,
} as const
