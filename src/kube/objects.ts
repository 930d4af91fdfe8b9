import type * as client from '@kubernetes/client-node'
import type { Int64 } from '../json/exact.ts'

/** Fields of which any int64 is taken, so that a double may not hold them: `9223372036854775807` seconds of grace are for ever. Others have narrower bounds. */
type Int64Field = 'terminationGracePeriodSeconds' | 'deletionGracePeriodSeconds' | 'tolerationSeconds' | 'gracePeriodSeconds'
type Exact<T> = T extends number ? Int64 : T

/**
 * The shape of a Kubernetes object as it is on the wire: the client library's classes with every `Date` a string.
 * We keep parsed JSON as it came (no class instances), since objects cross threads and thousands are held.
 */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends (...args: never[]) => unknown
      ? never
      : T extends object
        ? { [Key in keyof T]: Key extends Int64Field ? Exact<T[Key]> : Wire<T[Key]> }
        : T

export type ObjectMeta = Wire<client.V1ObjectMeta>
export type Pod = Wire<client.V1Pod>
export type PodSpec = Wire<client.V1PodSpec>
export type PodStatus = Wire<client.V1PodStatus>
export type PodCondition = Wire<client.V1PodCondition>
export type Container = Wire<client.V1Container>
export type EphemeralContainer = Wire<client.V1EphemeralContainer>
export type ContainerStatus = Wire<client.V1ContainerStatus>
export type ContainerState = Wire<client.V1ContainerState>
export type Probe = Wire<client.V1Probe>
export type Volume = Wire<client.V1Volume>
export type Secret = Wire<client.V1Secret>
export type ConfigMap = Wire<client.V1ConfigMap>
export type PersistentVolume = Wire<client.V1PersistentVolume>
export type PersistentVolumeClaim = Wire<client.V1PersistentVolumeClaim>
export type PodTemplateSpec = Wire<client.V1PodTemplateSpec>
export type LabelSelector = Wire<client.V1LabelSelector>
export type Deployment = Wire<client.V1Deployment>
export type ReplicaSet = Wire<client.V1ReplicaSet>
export type StatefulSet = Wire<client.V1StatefulSet>
export type DaemonSet = Wire<client.V1DaemonSet>
export type ControllerRevision = Wire<client.V1ControllerRevision>
export type ReplicationController = Wire<client.V1ReplicationController>
export type Job = Wire<client.V1Job>
export type CronJob = Wire<client.V1CronJob>
export type HorizontalPodAutoscaler = Wire<client.V2HorizontalPodAutoscaler>
export type HorizontalPodAutoscalerV1 = Wire<client.V1HorizontalPodAutoscaler>
export type PodDisruptionBudget = Wire<client.V1PodDisruptionBudget>
export type PodTemplate = Wire<client.V1PodTemplate>
export type LimitRange = Wire<client.V1LimitRange>
export type ResourceQuota = Wire<client.V1ResourceQuota>
export type Endpoints = Wire<client.V1Endpoints>
export type Service = Wire<client.V1Service>
export type Node = Wire<client.V1Node>
export type NodeStatus = Wire<client.V1NodeStatus>
export type NodeCondition = Wire<client.V1NodeCondition>
export type CertificateSigningRequest = Wire<client.V1CertificateSigningRequest>
export type Lease = Wire<client.V1Lease>
export type CoreEvent = Wire<client.CoreV1Event>
export type Status = Wire<client.V1Status>
export type ObjectReference = Wire<client.V1ObjectReference>

/** What every stored object has. */
export interface KubeObject {
  apiVersion?: string
  kind?: string
  metadata?: ObjectMeta
}
