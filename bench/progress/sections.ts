/** Divides the log of a CI system by trial: each can be unfolded on its own. */

export interface Sections {
  begin(id: string, title: string): string;
  end(id: string): string;
}

/** https://docs.github.com/actions, "Grouping log lines": read from stderr too, a group cannot hold another. */
export const gitHubSections: Sections = {
  begin: (_id, title) => `::group::${title.replaceAll(/[\r\n]/g, ' ')}`,
  end: () => '::endgroup::',
};

const seconds = (): number => Math.floor(Date.now() / 1e3);

/** https://docs.gitlab.com/ci/jobs/job_logs/, "Custom collapsible sections". */
export const gitLabSections: Sections = {
  begin: (id, title) =>
    `\u001B[0Ksection_start:${seconds()}:${id}[collapsed=true]\r\u001B[0K${title.replaceAll(/[\r\n]/g, ' ')}`,
  end: id => `\u001B[0Ksection_end:${seconds()}:${id}\r\u001B[0K`,
};
