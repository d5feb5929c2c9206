/** The library: every verb that the command line uses, and the types that go with them. */
import './support/disposable-stack.ts';
export { againstComparison } from './analysis/against.ts';
export { calibrationOf } from './analysis/calibration.ts';
export { compareCells } from './analysis/compare.ts';
export { compareSides, type ComparingOptions, type RunComparison } from './analysis/compare-runs.ts';
export { conclude } from './analysis/conclude.ts';
export { needsSecondLook } from './analysis/run-comparisons.ts';
export {
  type GateFailure,
  gateFailures,
  type GateVerdict,
  judgeComparison,
  judgeGate,
  usualFailures,
  withGate,
} from './analysis/gate.ts';
export { baselineOf, blemishesOf, type Side, sideOf } from './analysis/sides.ts';
export { type HistoryRun, historyOf } from './analysis/history.ts';
export { commonCutSeconds } from './analysis/steadiness.ts';
export { sniaSteadyFrom } from './measure/steady-state.ts';
export { fitUsl, predictThroughput, type UslFit, type UslResult } from './analysis/usl.ts';
export { breachesOf } from './analysis/integrity.ts';
export { isInvalid, judgeTrial } from './analysis/validity.ts';
export { mean } from './analysis/stats.ts';
export { capacityResult } from './capacity/document.ts';
export { hottestShareOf } from './capacity/hottest.ts';
export { halvesOf, latencySharesOf, missedBy } from './capacity/judgement.ts';
export { outcomeOf } from './capacity/observe.ts';
export type { Probe, ProbeRequest } from './capacity/probe.ts';
export { type Found, nextStep, searchCapacity, type SearchEnd, type SearchSettings } from './capacity/search.ts';
export { sizeFrom } from './capacity/size-from.ts';
export { type Cluster, openCluster } from './cluster/cluster.ts';
export { openGuard } from './cluster/guard.ts';
export { type AgentSettings, serveFleet } from './fleet/agent.ts';
export { openFleet } from './fleet/fleet.ts';
export type { LoadHosts } from './run/load-hosts.ts';
export { findKeptCluster, type KeptCluster, startKeptCluster, stopKeptCluster } from './cluster/kept.ts';
export type { KeptState } from './cluster/kept-state.ts';
export { fetchJars } from './cluster/jars.ts';
export { findJava } from './cluster/java.ts';
export { clientVersions, obtainClients } from './run/clients.ts';
export type { Health } from './run/doctor/diagnosis.ts';
export { examine, type NamedDiagnosis } from './run/doctor/doctor.ts';
export { describeHost } from './run/environment.ts';
export { faultNeedsOf } from './plan/faults.ts';
export { expandPlan } from './plan/expand.ts';
export { type ClusterIdentity, refuseOtherCluster, withAgainst } from './plan/against.ts';
export { calibrationPlan } from './plan/calibration.ts';
export { withSecondLook } from './plan/looks.ts';
export { chooseCells } from './plan/choose.ts';
export type { Plan } from './plan/plan.ts';
export { atRate, planSearches, probePlan, type SearchPlan } from './plan/search.ts';
export { sizingRequest } from './plan/sizing.ts';
export { probeLine } from './report/capacity.ts';
export type { CapacityResult } from './results/capacity.ts';
export { renderHistory } from './report/history.ts';
export { calibrationLine, renderCalibration } from './report/calibration.ts';
export { looksText } from './report/comparisons.ts';
export { type GateReport, renderGateMarkdown, renderGateText } from './report/comparison/gate.ts';
export { renderComparisonMarkdown } from './report/comparison/markdown.ts';
export { comparisonModel } from './report/comparison/model.ts';
export { renderComparisonText } from './report/comparison/text.ts';
export { modelOf, type ReportModel } from './report/model.ts';
export { bytes, duration, millis, whole } from './report/numbers.ts';
export type { FigureSource } from './report/figures/figure.ts';
export { type FigureFile, figureFiles } from './report/figures/files.ts';
export { splitPage } from './report/html/assets.ts';
export { extractData } from './report/html/data.ts';
export { html, Markup } from './report/html/markup.ts';
export { livePageParts } from './report/html/page.ts';
export { renderSideBySide } from './report/several.ts';
export {
  formatNames,
  loadFormats,
  renderReports,
  type ReportFormat,
  type ReportSource,
  reportSource,
} from './report/render.ts';
export { calledText } from './report/runs.ts';
export { checkSentence } from './report/sentences.ts';
export { storedSource } from './report/stored.ts';
export { renderText } from './report/text.ts';
export { effectText, findingText, verdictText } from './report/words.ts';
export type { FactChange } from './results/design.ts';
export { earlierTrials, factChanges } from './results/earlier.ts';
export { fingerprintOf, hostClassOf } from './results/fingerprint.ts';
export { promisesOf, type RunHeader } from './results/header.ts';
export { planDifferences, type PlanRecord, recordPlan } from './results/plan-record.ts';
export { type Calibration, calibrationName, findCalibration, writeCalibration } from './results/calibration.ts';
export {
  type Baseline,
  type BaselineListing,
  baselinePath,
  listBaselines,
  readBaseline,
  removeBaseline,
  writeBaseline,
} from './results/baseline.ts';
export { findRun, listRuns, readHeader, readRun, type RunTrial, type StoredRun } from './results/read.ts';
export {
  findBaseline,
  findBaselineFor,
  isBaselineReference,
  type Likeness,
  likenessOf,
  openReference,
  type Referred,
} from './results/references.ts';
export { type Result, resultJsonSchema, type StoredTrial } from './results/schema.ts';
export { latencyOf, storedTrial } from './results/trial.ts';
export type { TrialMeasurement } from './run/measurement.ts';
export { newRunId, openStore, resumeStore, type Store } from './results/store.ts';
export { type EarlierTrials, trialsLeft, wasEndedByCheck } from './run/earlier.ts';
export type { LiveFigures, LiveSpan, LiveTotals, RunEvent, TrialPlace } from './run/events.ts';
export { type Grounds, needsBrokers, openGrounds } from './run/grounds.ts';
export { type HotPathResult, measureHotPath } from './run/hot-path.ts';
export { Receipts } from './run/receipts.ts';
export { runPlan } from './run/run.ts';
export { runVirtualTrial } from './run/virtual-trial.ts';
export { defaultKafkaVersion } from './scenario/blocks/cluster.ts';
export { type ErrorCode, errorCodes } from './scenario/issues.ts';
export { ScenarioError } from './scenario/problems.ts';
export { publicOverrides, resolveDocument, scenarioSchemaText } from './scenario/explain.ts';
export { readScenario, type ScenarioFile } from './scenario/read.ts';
export { type ExitReason, exitCodeOf, exitCodes, adviceOf, HarnessError, messageOf } from './support/errors.ts';
export { endBySignal } from './support/processes.ts';
export { type ConsumerOptions, plainText, type RecordBatch } from './drivers/driver.ts';
export { otherReleases } from './drivers/releases/locked.ts';
export { type DriverName, driverNames, loadDriver } from './drivers/registry.ts';
export { type MetricName, metricNames } from './measure/metrics.ts';
export { SequenceSet } from './measure/sequences.ts';
export { nowMicros } from './support/clock.ts';
export { seededRandom } from './support/random.ts';
export { didYouMean } from './support/registry.ts';
export { emptyStamp, type Stamp } from './support/stamp.ts';
export { parseDuration } from './support/units.ts';
export { programVersion } from './support/version.ts';
