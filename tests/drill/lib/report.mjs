// What a drill found, counted: a line each, and "N passed, N failed" at the end.
//
//   const report = newReport();
//   report.check('granted = paid', granted === paid, `${granted} and ${paid}`);
//   report.end();                  sets the exit status

export function newReport() {
        let passed = 0;
        let failed = 0;
        return {
                check(what, holds, detail = '') {
                        if (holds) passed++;
                        else failed++;
                        console.log(`${holds ? 'ok' : 'not ok'} - ${what}${detail === '' ? '' : `: ${detail}`}`);
                },
                note: (text) => console.log(`# ${text}`),
                end() {
                        console.log(`${passed} passed, ${failed} failed`);
                        process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
                },
        };
}
