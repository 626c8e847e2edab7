/* SPDX-License-Identifier: Apache-2.0 */
extern int mf_a; 
