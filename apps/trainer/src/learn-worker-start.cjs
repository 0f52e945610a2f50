// A thread inherits no TypeScript loader and must be given one; this kind starts three times as fast as that for
// ES modules.
require("tsx/cjs/api").register();
const { workOnTasks } = require("./learn-worker.ts");

workOnTasks();
