/** The types of admission, by version. Written by ../generator from the sources of Kubernetes; the form: ../read-table.ts. */
export const admission = {
  v1: `
AdmissionRequest uid:1=types.UID!w kind:2=meta/v1.GroupVersionKind!w resource:3=meta/v1.GroupVersionResource!w subResource:4=string requestKind:13=meta/v1.GroupVersionKind!p requestResource:14=meta/v1.GroupVersionResource!p requestSubResource:15=string name:5=string namespace:6=string operation:7=Operation!w userInfo:8=authentication/v1.UserInfo!w object:9=raw oldObject:10=raw dryRun:11=bool!p options:12=raw
AdmissionResponse uid:1=types.UID!w allowed:2=bool!w status:3=meta/v1.Status!p patch:4=bytes patchType:5=PatchType!p auditAnnotations:6={}string warnings:7=[]string~atomic
AdmissionReview@ request:1=AdmissionRequest!p response:2=AdmissionResponse!p
Operation=
PatchType=
`,
} as const
