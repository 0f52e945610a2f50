/** What is wrong with a query: it is thrown and caught within its parsing only. */
export class QueryProblem extends Error {
  readonly position: number;
  readonly hint: string;

  /** @param position  Where in the query, in UTF-16 units from 0 */
  constructor(position: number, problem: string, hint: string) {
    super(problem);
    this.name = "QueryProblem";
    this.position = position;
    this.hint = hint;
  }
}
