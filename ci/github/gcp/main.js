// SPDX-License-Identifier: Apache-2.0
'use strict';
require('../shim/shim.js').main({ MAYFLY_INPUTS: 'gcp' });
