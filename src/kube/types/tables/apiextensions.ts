/** The types of apiextensions, by version. Written by ../generator from the sources of Kubernetes; the form: ../read-table.ts. */
export const apiextensions = {
  v1: `
ConditionStatus=
ConversionRequest uid:1=types.UID!wr desiredAPIVersion:2=string!wr objects:3=[]raw!wr~atomic
ConversionResponse uid:1=types.UID!wr convertedObjects:2=[]raw!wr~atomic result:3=meta/v1.Status!wr
ConversionReview@ request:1=ConversionRequest!p response:2=ConversionResponse!p
ConversionStrategyType=
CustomResourceColumnDefinition name:1=string!wr type:2=string!wr format:3=string description:4=string priority:5=int32 jsonPath:6=string!wr
CustomResourceConversion strategy:1=ConversionStrategyType!wr webhook:2=WebhookConversion!p
CustomResourceDefinition@ metadata:1=meta/v1.ObjectMeta spec:2=CustomResourceDefinitionSpec!wr status:3=CustomResourceDefinitionStatus
CustomResourceDefinitionCondition type:1=CustomResourceDefinitionConditionType!wr status:2=ConditionStatus!wr lastTransitionTime:3=time reason:4=string message:5=string observedGeneration:6=int64
CustomResourceDefinitionConditionType=
CustomResourceDefinitionNames plural:1=string!wr singular:2=string shortNames:3=[]string~atomic kind:4=string!wr listKind:5=string categories:6=[]string~atomic
CustomResourceDefinitionSpec group:1=string!wr names:3=CustomResourceDefinitionNames!wr scope:4=ResourceScope!wr versions:7=[]CustomResourceDefinitionVersion!wr~atomic conversion:9=CustomResourceConversion!p preserveUnknownFields:10=bool
CustomResourceDefinitionStatus conditions:1=[]CustomResourceDefinitionCondition!w~map(type) acceptedNames:2=CustomResourceDefinitionNames!w storedVersions:3=[]string!w~atomic observedGeneration:4=int64
CustomResourceDefinitionVersion name:1=string!wr served:2=bool!wr storage:3=bool!wr deprecated:7=bool deprecationWarning:8=string!p schema:4=CustomResourceValidation!p subresources:5=CustomResourceSubresources!p additionalPrinterColumns:6=[]CustomResourceColumnDefinition~atomic selectableFields:9=[]SelectableField~atomic
CustomResourceSubresourceScale specReplicasPath:1=string!wr statusReplicasPath:2=string!wr labelSelectorPath:3=string!p
CustomResourceSubresourceStatus
CustomResourceSubresources status:1=CustomResourceSubresourceStatus!p scale:2=CustomResourceSubresourceScale!p
CustomResourceValidation openAPIV3Schema:1=JSONSchemaProps!p
ExternalDocumentation description:1=string url:2=string
FieldValueErrorReason=FieldValueDuplicate|FieldValueForbidden|FieldValueInvalid|FieldValueRequired
JSONSchemaProps id:1=string $schema:2=JSONSchemaURL $ref:3=string!p description:4=string type:5=string format:6=string title:7=string default:8=json!p maximum:9=double!p exclusiveMaximum:10=bool minimum:11=double!p exclusiveMinimum:12=bool maxLength:13=int64!p minLength:14=int64!p pattern:15=string maxItems:16=int64!p minItems:17=int64!p uniqueItems:18=bool multipleOf:19=double!p enum:20=[]json~atomic maxProperties:21=int64!p minProperties:22=int64!p required:23=[]string~atomic items:24=schemas!p allOf:25=[]JSONSchemaProps~atomic oneOf:26=[]JSONSchemaProps~atomic anyOf:27=[]JSONSchemaProps~atomic not:28=JSONSchemaProps!p properties:29={}JSONSchemaProps additionalProperties:30=schemaorbool!p patternProperties:31={}JSONSchemaProps dependencies:32={}schemaorstrings additionalItems:33=schemaorbool!p definitions:34={}JSONSchemaProps externalDocs:35=ExternalDocumentation!p example:36=json!p nullable:37=bool x-kubernetes-preserve-unknown-fields:38=bool!p x-kubernetes-embedded-resource:39=bool x-kubernetes-int-or-string:40=bool x-kubernetes-list-map-keys:41=[]string~atomic x-kubernetes-list-type:42=string!p x-kubernetes-map-type:43=string!p x-kubernetes-validations:44=[]ValidationRule~map(rule)^rule
JSONSchemaURL=
ResourceScope=
SelectableField jsonPath:1=string!wr
ServiceReference namespace:1=string!wr name:2=string!wr path:3=string!p port:4=int32!p
ValidationRule rule:1=string!wr message:2=string messageExpression:3=string reason:4=FieldValueErrorReason!p fieldPath:5=string optionalOldSelf:6=bool!p
WebhookClientConfig url:3=string!p service:1=ServiceReference!p caBundle:2=bytes
WebhookConversion clientConfig:2=WebhookClientConfig!p conversionReviewVersions:3=[]string!wr~atomic
`,
} as const
