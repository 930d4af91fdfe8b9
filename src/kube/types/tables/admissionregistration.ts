/** The types of admissionregistration, by version. Written by ../generator from the sources of Kubernetes; the form: ../read-table.ts. */
export const admissionregistration = {
  v1: `
ApplyConfiguration expression:1=string
AuditAnnotation key:1=string!wr valueExpression:2=string!wr
ExpressionWarning fieldRef:2=string!wr warning:3=string!wr
FailurePolicyType=Fail|Ignore
JSONPatch expression:1=string
MatchCondition name:1=string!wr expression:2=string!wr
MatchPolicyType=Equivalent|Exact
MatchResources# namespaceSelector:1=meta/v1.LabelSelector!p objectSelector:2=meta/v1.LabelSelector!p resourceRules:3=[]NamedRuleWithOperations~atomic excludeResourceRules:4=[]NamedRuleWithOperations~atomic matchPolicy:7=MatchPolicyType!p
MutatingAdmissionPolicy@ metadata:1=meta/v1.ObjectMeta spec:2=MutatingAdmissionPolicySpec
MutatingAdmissionPolicyBinding@ metadata:1=meta/v1.ObjectMeta spec:2=MutatingAdmissionPolicyBindingSpec
MutatingAdmissionPolicyBindingSpec policyName:1=string paramRef:2=ParamRef!p matchResources:3=MatchResources!p
MutatingAdmissionPolicySpec paramKind:1=ParamKind!p matchConstraints:2=MatchResources!p variables:3=[]Variable~atomic mutations:4=[]Mutation~atomic failurePolicy:5=FailurePolicyType!p matchConditions:6=[]MatchCondition~map(name)^name reinvocationPolicy:7=ReinvocationPolicyType
MutatingWebhook name:1=string!wr clientConfig:2=WebhookClientConfig!wr rules:3=[]RuleWithOperations~atomic failurePolicy:4=FailurePolicyType!p matchPolicy:9=MatchPolicyType!p namespaceSelector:5=meta/v1.LabelSelector!p objectSelector:11=meta/v1.LabelSelector!p sideEffects:6=SideEffectClass!pwr timeoutSeconds:7=int32!p admissionReviewVersions:8=[]string!wr~atomic reinvocationPolicy:10=ReinvocationPolicyType!p matchConditions:12=[]MatchCondition~map(name)^name
MutatingWebhookConfiguration@ metadata:1=meta/v1.ObjectMeta webhooks:2=[]MutatingWebhook~map(name)^name
Mutation patchType:2=PatchType!wr applyConfiguration:3=ApplyConfiguration!p jsonPatch:4=JSONPatch!p
NamedRuleWithOperations# resourceNames:1=[]string~atomic +:2=RuleWithOperations
OperationType=*|CONNECT|CREATE|DELETE|UPDATE
ParamKind# apiVersion:1=string kind:2=string
ParamRef# name:1=string namespace:2=string selector:3=meta/v1.LabelSelector!p parameterNotFoundAction:4=ParameterNotFoundActionType!p
ParameterNotFoundActionType=
PatchType=ApplyConfiguration|JSONPatch
ReinvocationPolicyType=IfNeeded|Never
Rule apiGroups:1=[]string~atomic apiVersions:2=[]string~atomic resources:3=[]string~atomic scope:4=ScopeType!p
RuleWithOperations operations:1=[]OperationType~atomic +:2=Rule
ScopeType=*|Cluster|Namespaced
ServiceReference namespace:1=string!wr name:2=string!wr path:3=string!p port:4=int32!p
SideEffectClass=None|NoneOnDryRun|Some|Unknown
TypeChecking expressionWarnings:1=[]ExpressionWarning~atomic
ValidatingAdmissionPolicy@ metadata:1=meta/v1.ObjectMeta spec:2=ValidatingAdmissionPolicySpec status:3=ValidatingAdmissionPolicyStatus
ValidatingAdmissionPolicyBinding@ metadata:1=meta/v1.ObjectMeta spec:2=ValidatingAdmissionPolicyBindingSpec!r
ValidatingAdmissionPolicyBindingSpec policyName:1=string!r paramRef:2=ParamRef!p matchResources:3=MatchResources!p validationActions:4=[]ValidationAction!r~set
ValidatingAdmissionPolicySpec paramKind:1=ParamKind!p matchConstraints:2=MatchResources!p validations:3=[]Validation~atomic failurePolicy:4=FailurePolicyType!p auditAnnotations:5=[]AuditAnnotation~atomic matchConditions:6=[]MatchCondition~map(name)^name variables:7=[]Variable~map(name)^name
ValidatingAdmissionPolicyStatus observedGeneration:1=int64 typeChecking:2=TypeChecking!p conditions:3=[]meta/v1.Condition~map(type)
ValidatingWebhook name:1=string!wr clientConfig:2=WebhookClientConfig!wr rules:3=[]RuleWithOperations~atomic failurePolicy:4=FailurePolicyType!p matchPolicy:9=MatchPolicyType!p namespaceSelector:5=meta/v1.LabelSelector!p objectSelector:10=meta/v1.LabelSelector!p sideEffects:6=SideEffectClass!pwr timeoutSeconds:7=int32!p admissionReviewVersions:8=[]string!wr~atomic matchConditions:11=[]MatchCondition~map(name)^name
ValidatingWebhookConfiguration@ metadata:1=meta/v1.ObjectMeta webhooks:2=[]ValidatingWebhook~map(name)^name
Validation expression:1=string!wr message:2=string reason:3=meta/v1.StatusReason!p messageExpression:4=string
ValidationAction=Audit|Deny|Warn
Variable# name:1=string!wr expression:2=string!wr
WebhookClientConfig url:3=string!p service:1=ServiceReference!p caBundle:2=bytes
`,
  v1beta1: `
ApplyConfiguration expression:1=string
AuditAnnotation key:1=string!wr valueExpression:2=string!wr
ExpressionWarning fieldRef:2=string!wr warning:3=string!wr
FailurePolicyType=
JSONPatch expression:1=string
MatchCondition name:1=string!wr expression:2=string!wr
MatchPolicyType=
MatchResources# namespaceSelector:1=meta/v1.LabelSelector!p objectSelector:2=meta/v1.LabelSelector!p resourceRules:3=[]NamedRuleWithOperations~atomic excludeResourceRules:4=[]NamedRuleWithOperations~atomic matchPolicy:7=MatchPolicyType!p
MutatingAdmissionPolicy@ metadata:1=meta/v1.ObjectMeta spec:2=MutatingAdmissionPolicySpec
MutatingAdmissionPolicyBinding@ metadata:1=meta/v1.ObjectMeta spec:2=MutatingAdmissionPolicyBindingSpec
MutatingAdmissionPolicyBindingSpec policyName:1=string paramRef:2=ParamRef!p matchResources:3=MatchResources!p
MutatingAdmissionPolicySpec paramKind:1=ParamKind!p matchConstraints:2=MatchResources!p variables:3=[]Variable~atomic mutations:4=[]Mutation~atomic failurePolicy:5=FailurePolicyType!p matchConditions:6=[]MatchCondition~map(name)^name reinvocationPolicy:7=admissionregistration/v1.ReinvocationPolicyType
MutatingWebhook name:1=string!wr clientConfig:2=WebhookClientConfig!wr rules:3=[]admissionregistration/v1.RuleWithOperations~atomic failurePolicy:4=FailurePolicyType!p matchPolicy:9=MatchPolicyType!p namespaceSelector:5=meta/v1.LabelSelector!p objectSelector:11=meta/v1.LabelSelector!p sideEffects:6=SideEffectClass!p timeoutSeconds:7=int32!p admissionReviewVersions:8=[]string~atomic reinvocationPolicy:10=admissionregistration/v1.ReinvocationPolicyType!p matchConditions:12=[]MatchCondition~map(name)^name
MutatingWebhookConfiguration@ metadata:1=meta/v1.ObjectMeta webhooks:2=[]MutatingWebhook~map(name)^name
Mutation patchType:2=PatchType!wr applyConfiguration:3=ApplyConfiguration!p jsonPatch:4=JSONPatch!p
NamedRuleWithOperations# resourceNames:1=[]string~atomic +:2=admissionregistration/v1.RuleWithOperations
ParamKind# apiVersion:1=string kind:2=string
ParamRef# name:1=string namespace:2=string selector:3=meta/v1.LabelSelector!p parameterNotFoundAction:4=ParameterNotFoundActionType!p
ParameterNotFoundActionType=
PatchType=ApplyConfiguration|JSONPatch
ServiceReference namespace:1=string!wr name:2=string!wr path:3=string!p port:4=int32!p
SideEffectClass=
TypeChecking expressionWarnings:1=[]ExpressionWarning~atomic
ValidatingAdmissionPolicy@ metadata:1=meta/v1.ObjectMeta spec:2=ValidatingAdmissionPolicySpec status:3=ValidatingAdmissionPolicyStatus
ValidatingAdmissionPolicyBinding@ metadata:1=meta/v1.ObjectMeta spec:2=ValidatingAdmissionPolicyBindingSpec!r
ValidatingAdmissionPolicyBindingSpec policyName:1=string!r paramRef:2=ParamRef!p matchResources:3=MatchResources!p validationActions:4=[]ValidationAction!r~set
ValidatingAdmissionPolicySpec paramKind:1=ParamKind!p matchConstraints:2=MatchResources!p validations:3=[]Validation~atomic failurePolicy:4=FailurePolicyType!p auditAnnotations:5=[]AuditAnnotation~atomic matchConditions:6=[]MatchCondition~map(name)^name variables:7=[]Variable~map(name)^name
ValidatingAdmissionPolicyStatus observedGeneration:1=int64 typeChecking:2=TypeChecking!p conditions:3=[]meta/v1.Condition~map(type)
ValidatingWebhook name:1=string!wr clientConfig:2=WebhookClientConfig!wr rules:3=[]admissionregistration/v1.RuleWithOperations~atomic failurePolicy:4=FailurePolicyType!p matchPolicy:9=MatchPolicyType!p namespaceSelector:5=meta/v1.LabelSelector!p objectSelector:10=meta/v1.LabelSelector!p sideEffects:6=SideEffectClass!p~atomic timeoutSeconds:7=int32!p admissionReviewVersions:8=[]string~atomic matchConditions:11=[]MatchCondition~map(name)^name
ValidatingWebhookConfiguration@ metadata:1=meta/v1.ObjectMeta webhooks:2=[]ValidatingWebhook~map(name)^name
Validation expression:1=string!wr message:2=string reason:3=meta/v1.StatusReason!p messageExpression:4=string
ValidationAction=Audit|Deny|Warn
Variable# name:1=string!wr expression:2=string!wr
WebhookClientConfig url:3=string!p service:1=ServiceReference!p caBundle:2=bytes
`,
  v1alpha1: `
ApplyConfiguration expression:1=string
AuditAnnotation key:1=string!wr valueExpression:2=string!wr
ExpressionWarning fieldRef:2=string!wr warning:3=string!wr
FailurePolicyType=Fail|Ignore
JSONPatch expression:1=string
MatchPolicyType=Equivalent|Exact
MatchResources# namespaceSelector:1=meta/v1.LabelSelector!p objectSelector:2=meta/v1.LabelSelector!p resourceRules:3=[]NamedRuleWithOperations~atomic excludeResourceRules:4=[]NamedRuleWithOperations~atomic matchPolicy:7=MatchPolicyType!p
MutatingAdmissionPolicy@ metadata:1=meta/v1.ObjectMeta spec:2=MutatingAdmissionPolicySpec
MutatingAdmissionPolicyBinding@ metadata:1=meta/v1.ObjectMeta spec:2=MutatingAdmissionPolicyBindingSpec
MutatingAdmissionPolicyBindingSpec policyName:1=string paramRef:2=ParamRef!p matchResources:3=MatchResources!p
MutatingAdmissionPolicySpec paramKind:1=ParamKind!p matchConstraints:2=MatchResources!p variables:3=[]Variable~atomic mutations:4=[]Mutation~atomic failurePolicy:5=FailurePolicyType!p matchConditions:6=[]admissionregistration/v1.MatchCondition~map(name)^name reinvocationPolicy:7=admissionregistration/v1.ReinvocationPolicyType
Mutation patchType:2=PatchType!wr applyConfiguration:3=ApplyConfiguration!p jsonPatch:4=JSONPatch!p
NamedRuleWithOperations# resourceNames:1=[]string~atomic +:2=admissionregistration/v1.RuleWithOperations
ParamKind# apiVersion:1=string kind:2=string
ParamRef# name:1=string namespace:2=string selector:3=meta/v1.LabelSelector!p parameterNotFoundAction:4=ParameterNotFoundActionType!p
ParameterNotFoundActionType=Allow|Deny
PatchType=ApplyConfiguration|JSONPatch
TypeChecking expressionWarnings:1=[]ExpressionWarning~atomic
ValidatingAdmissionPolicy@ metadata:1=meta/v1.ObjectMeta spec:2=ValidatingAdmissionPolicySpec status:3=ValidatingAdmissionPolicyStatus
ValidatingAdmissionPolicyBinding@ metadata:1=meta/v1.ObjectMeta spec:2=ValidatingAdmissionPolicyBindingSpec!r
ValidatingAdmissionPolicyBindingSpec policyName:1=string!r paramRef:2=ParamRef!p matchResources:3=MatchResources!p validationActions:4=[]ValidationAction!r~set
ValidatingAdmissionPolicySpec paramKind:1=ParamKind!p matchConstraints:2=MatchResources!p validations:3=[]Validation~atomic failurePolicy:4=FailurePolicyType!p auditAnnotations:5=[]AuditAnnotation~atomic matchConditions:6=[]admissionregistration/v1.MatchCondition~map(name)^name variables:7=[]Variable~map(name)^name
ValidatingAdmissionPolicyStatus observedGeneration:1=int64 typeChecking:2=TypeChecking!p conditions:3=[]meta/v1.Condition~map(type)
Validation expression:1=string!wr message:2=string reason:3=meta/v1.StatusReason!p messageExpression:4=string
ValidationAction=Audit|Deny|Warn
Variable name:1=string!wr expression:2=string!wr
`,
} as const
