/** The types of authorization, by version. Written by ../generator from the sources of Kubernetes; the form: ../read-table.ts. */
export const authorization = {
  v1: `
FieldSelectorAttributes rawSelector:1=string requirements:2=[]meta/v1.FieldSelectorRequirement~atomic
LabelSelectorAttributes rawSelector:1=string requirements:2=[]meta/v1.LabelSelectorRequirement~atomic
LocalSubjectAccessReview@ metadata:1=meta/v1.ObjectMeta spec:2=SubjectAccessReviewSpec!wr status:3=SubjectAccessReviewStatus
NonResourceAttributes path:1=string verb:2=string
NonResourceRule verbs:1=[]string!wr~atomic nonResourceURLs:2=[]string~atomic
ResourceAttributes namespace:1=string verb:2=string group:3=string version:4=string resource:5=string subresource:6=string name:7=string fieldSelector:8=FieldSelectorAttributes!p labelSelector:9=LabelSelectorAttributes!p
ResourceRule verbs:1=[]string!wr~atomic apiGroups:2=[]string~atomic resources:3=[]string~atomic resourceNames:4=[]string~atomic
SelfSubjectAccessReview@ metadata:1=meta/v1.ObjectMeta spec:2=SelfSubjectAccessReviewSpec!wr status:3=SubjectAccessReviewStatus
SelfSubjectAccessReviewSpec resourceAttributes:1=ResourceAttributes!p nonResourceAttributes:2=NonResourceAttributes!p
SelfSubjectRulesReview@ metadata:1=meta/v1.ObjectMeta spec:2=SelfSubjectRulesReviewSpec!wr status:3=SubjectRulesReviewStatus
SelfSubjectRulesReviewSpec namespace:1=string
SubjectAccessReview@ metadata:1=meta/v1.ObjectMeta spec:2=SubjectAccessReviewSpec!wr status:3=SubjectAccessReviewStatus
SubjectAccessReviewSpec resourceAttributes:1=ResourceAttributes!p nonResourceAttributes:2=NonResourceAttributes!p user:3=string groups:4=[]string~atomic extra:5={}boxed uid:6=string
SubjectAccessReviewStatus allowed:1=bool!wr denied:4=bool reason:2=string evaluationError:3=string
SubjectRulesReviewStatus resourceRules:1=[]ResourceRule!wr~atomic nonResourceRules:2=[]NonResourceRule!wr~atomic incomplete:3=bool!wr evaluationError:4=string
`,
} as const
