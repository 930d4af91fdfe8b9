/** Types of `require('podsteward/harness')`: those of the ES module. */
import type * as harness from './harness.js' with { 'resolution-mode': 'import' }

export declare const startCluster: typeof harness.startCluster
export declare const startNode: typeof harness.startNode
export declare const WaitError: typeof harness.WaitError
export type WaitError = harness.WaitError
export type Cluster = harness.Cluster
export type ClusterApi = harness.ClusterApi
export type ClusterNode = harness.ClusterNode
export type ClusterOptions = harness.ClusterOptions
export type ContainerHandle = harness.ContainerHandle
export type CoreEvent = harness.CoreEvent
export type ExecAnswer = harness.ExecAnswer
export type FailRule = harness.FailRule
export type Fault = harness.Fault
export type FaultMatch = harness.FaultMatch
export type KubeObject = harness.KubeObject
export type ListOptions = harness.ListOptions
export type Node = harness.Node
export type Pod = harness.Pod
export type PodHandle = harness.PodHandle
export type ProbeAnswer = harness.ProbeAnswer
export type Profile = harness.Profile
export type ProfileRule = harness.ProfileRule
export type RunningNode = harness.RunningNode
export type SimulatedEngine = harness.SimulatedEngine
export type StartNodeOptions = harness.StartNodeOptions
export type TestClock = harness.TestClock
export type WrittenSettings = harness.WrittenSettings
export type WaitOptions = harness.WaitOptions
export type WrittenUsage = harness.WrittenUsage
export type GivenObjects = harness.GivenObjects
export type WebhookOptions = harness.WebhookOptions
export type WebhookServing = harness.WebhookServing
