import type { Kind } from '../kind.ts'
import { ingressClasses } from './ingress-classes.ts'
import { ingresses } from './ingresses.ts'
import { ipAddresses } from './ip-addresses.ts'
import { networkPolicies } from './network-policies.ts'
import { serviceCidrs } from './service-cidrs.ts'

export const networkingKinds: readonly Kind[] = [ingressClasses, ingresses, ipAddresses, networkPolicies, serviceCidrs]
