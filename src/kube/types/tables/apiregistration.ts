/** The types of apiregistration, by version. Written by ../generator from the sources of Kubernetes; the form: ../read-table.ts. */
export const apiregistration = {
  v1: `
APIService@ metadata:1=meta/v1.ObjectMeta spec:2=APIServiceSpec status:3=APIServiceStatus
APIServiceCondition type:1=APIServiceConditionType!wr status:2=ConditionStatus!wr lastTransitionTime:3=time reason:4=string message:5=string
APIServiceConditionType=
APIServiceSpec service:1=ServiceReference!p group:2=string version:3=string insecureSkipTLSVerify:4=bool caBundle:5=bytes~atomic groupPriorityMinimum:7=int32!wr versionPriority:8=int32!wr
APIServiceStatus conditions:1=[]APIServiceCondition~map(type)^type
ConditionStatus=
ServiceReference namespace:1=string name:2=string port:3=int32!p
`,
} as const
