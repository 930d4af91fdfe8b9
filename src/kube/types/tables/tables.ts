import { admission } from './admission.ts'
import { admissionregistration } from './admissionregistration.ts'
import { apidiscovery } from './apidiscovery.ts'
import { apiextensions } from './apiextensions.ts'
import { apiregistration } from './apiregistration.ts'
import { apiserverinternal } from './apiserverinternal.ts'
import { apps } from './apps.ts'
import { authentication } from './authentication.ts'
import { authorization } from './authorization.ts'
import { autoscaling } from './autoscaling.ts'
import { batch } from './batch.ts'
import { certificates } from './certificates.ts'
import { coordination } from './coordination.ts'
import { core } from './core.ts'
import { discovery } from './discovery.ts'
import { events } from './events.ts'
import { flowcontrol } from './flowcontrol.ts'
import { meta } from './meta.ts'
import { metrics } from './metrics.ts'
import { networking } from './networking.ts'
import { node } from './node.ts'
import { policy } from './policy.ts'
import { rbac } from './rbac.ts'
import { resource } from './resource.ts'
import { scheduling } from './scheduling.ts'
import { storage } from './storage.ts'
import { storagemigration } from './storagemigration.ts'

/** All types: lines by group and version. Written by ../generator. */
export const tables: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  admission,
  admissionregistration,
  apidiscovery,
  apiserverinternal,
  apps,
  authentication,
  authorization,
  autoscaling,
  batch,
  certificates,
  coordination,
  core,
  discovery,
  events,
  flowcontrol,
  networking,
  node,
  policy,
  rbac,
  resource,
  scheduling,
  storage,
  storagemigration,
  meta,
  apiextensions,
  apiregistration,
  metrics,
}
