/** The types of authentication, by version. Written by ../generator from the sources of Kubernetes; the form: ../read-table.ts. */
export const authentication = {
  v1: `
BoundObjectReference kind:1=string apiVersion:2=string name:3=string uid:4=types.UID
SelfSubjectReview@ metadata:1=meta/v1.ObjectMeta status:2=SelfSubjectReviewStatus
SelfSubjectReviewStatus userInfo:1=UserInfo
TokenRequest@ metadata:1=meta/v1.ObjectMeta spec:2=TokenRequestSpec!w status:3=TokenRequestStatus
TokenRequestSpec audiences:1=[]string!w~atomic expirationSeconds:4=int64!pw boundObjectRef:3=BoundObjectReference!pw
TokenRequestStatus token:1=string!w expirationTimestamp:2=time!w
TokenReview@ metadata:1=meta/v1.ObjectMeta spec:2=TokenReviewSpec!wr status:3=TokenReviewStatus
TokenReviewSpec token:1=string!r audiences:2=[]string~atomic
TokenReviewStatus authenticated:1=bool user:2=UserInfo audiences:4=[]string~atomic error:3=string
UserInfo username:1=string uid:2=string groups:3=[]string~atomic extra:4={}boxed
`,
} as const
