// Runs a config.js from standard input and prints its `config` as JSON.
'use strict';

const fs = require('fs');
const vm = require('vm');

const context = vm.createContext({ console: { log() {} } });
const text = fs.readFileSync(0, 'utf8');

try {
    vm.runInContext(text, context, { filename: 'config.js', timeout: 5000 });
    const config = vm.runInContext('config', context);
    const plain = (_key, value) => {
        const kind = Object.prototype.toString.call(value);

        return kind === '[object Function]' || kind === '[object RegExp]' ? String(value) : value;
    };

    process.stdout.write(JSON.stringify(config, plain));
} catch (error) {
    process.stderr.write(`${error && error.stack ? error.stack : error}\n`);
    process.exit(1);
}
