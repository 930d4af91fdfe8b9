import type { Kind } from '../kind.ts'
import { mutatingAdmissionPolicies } from './mutating-admission-policies.ts'
import { mutatingAdmissionPolicyBindings, validatingAdmissionPolicyBindings } from './policy-bindings.ts'
import { validatingAdmissionPolicies } from './validating-admission-policies.ts'
import { mutatingWebhookConfigurations, validatingWebhookConfigurations } from './webhook-configurations.ts'

export const admissionregistrationKinds: readonly Kind[] = [
  mutatingAdmissionPolicies,
  mutatingAdmissionPolicyBindings,
  mutatingWebhookConfigurations,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
  validatingWebhookConfigurations,
]
