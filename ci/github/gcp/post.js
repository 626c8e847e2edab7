// SPDX-License-Identifier: Apache-2.0
'use strict';
require('../shim/shim.js').post({ MAYFLY_INPUTS: 'gcp' });
